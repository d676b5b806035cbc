"""May we ask this site now? Politeness and the circuit breaker, shared by all workers."""
