"""What holds for every HTTP request, of either mode: who asks, what may they do, how long may it take?"""
