"""Which addresses of a Redis are taken, and that a refusal is one line which repeats none of them."""

import pytest

from watchsync.redis_address import checked
from watchsync.redis_client import connect

GOOD = [
    "redis://host",
    "redis://host:6379/0",
    "redis://user:p%40ss@host:6379/15",
    "redis://:only-a-password@10.0.0.1:6379",
    "redis://user@host",
    "rediss://user:pw@redis.example.:6380/0?ssl_cert_reqs=none",
    "rediss://host?ssl_ca_certs=/etc/ca.pem&ssl_check_hostname=false",
    "redis://[::1]:6379/0",
    "redis://[fe80::1%25eth0]:6379",
    "redis://host?db=3&password=p%26w&socket_timeout=2.5",
    "redis://bücher.example:6379",
    "redis://under_score.railway.internal:6379",
    "unix:///run/redis/redis.sock",
    "unix://user:pw@/run/redis.sock?db=1",
    "redis+sentinel://:pw@a:26379,b:26379,[::1]:26379/mymaster/2",
    "rediss+sentinel://a:26379/mymaster",
    "redis+cluster://user:pw@host:7000",
    "rediss+cluster://host:7000/0",
]
BAD = [
    ("hunter2", "must start with"),
    ("hunter2:6379", "must start with"),
    ("http://hunter2", "must start with"),
    ("redis:hunter2", "must start with"),
    ("redis:/hunter2", "must start with"),
    ("'redis://hunter2'", "must start with"),
    ("${hunter2.REDIS_URL}", "must start with"),
    ("redis+unix://hunter2", "must start with"),
    ("redis://", "names no host"),
    ("redis:///0?db=1", "names no host"),
    ("redis://:hunter2@", "names no host"),
    ("redis://:hunter2@:6379", "names no host"),
    ("redis://:hunter2@host:", "port from 1 to 65535"),
    ("redis://:hunter2@host:many", "port from 1 to 65535"),
    ("redis://:hunter2@host:0", "port from 1 to 65535"),
    ("redis://:hunter2@host:70000", "port from 1 to 65535"),
    ("redis://:hunter2@host:-1", "port from 1 to 65535"),
    ("redis://:hunter2@host:\N{FULLWIDTH DIGIT SIX}", "port from 1 to 65535"),
    ("redis://:hunter2/0", "names no host"),
    ("redis://:hun/ter2@host", "%2F"),
    ("redis://:hun#ter2@host", "%23"),
    ("redis://:hun?ter2@host", "%3F"),
    ("redis://:hun@ter2@host", "%40"),
    ("redis://:hun%ter2@host", "%25"),
    ("redis://:hun[ter2@host", "%40"),
    ("redis://::1:6379", "in brackets"),
    ("redis://hunter2:pw:6379", "%3A"),
    ("redis://[::1", "no address has there"),
    ("redis://[hunter2]:6379", "no address has there"),
    ("redis://[::1]6379", "not closed"),
    ("redis://hunter2 host", "a space"),
    ("redis://hunter2\nhost", "a space or control"),
    ("redis://hunter2\x00host", "a space or control"),
    ("redis://hunter2..example", "a host that cannot be"),
    ("redis://-hunter2", "a host that cannot be"),
    ("redis://" + "hunter2" * 40, "a host that cannot be"),
    ("redis://hun*ter2", "a host that cannot be"),
    ("redis://300.1.1.1", "numbers that are no address"),
    ("redis://10.0.0", "numbers that are no address"),
    ("redis://host/hunter2", "a database's number"),
    ("redis://host/-1", "a database's number"),
    ("redis://host/0/hunter2", "a database's number"),
    ("redis://host/²", "a database's number"),
    ("redis://host?db=hunter2", "a number for its option db"),
    ("redis://host?socket_timeout=hunter2", "a number for its option socket_timeout"),
    ("redis://host?hunter2=1", "an option that is not known"),
    ("redis://host?decode_responses=true", "an option that is not known"),
    ("redis://host?ssl_ca_certs=/hunter2", "go with rediss://"),
    ("rediss://host?ssl_cert_reqs=hunter2", "none, optional or required"),
    ("redis://hunter2,other", "several hosts"),
    ("unix://", "names no socket"),
    ("unix://hunter2", "names no socket"),
    ("unix:///", "names no socket"),
    ("unix://hunter2/redis.sock", "whole path"),
    ("redis+sentinel://hunter2/mymaster", "port from 1 to 65535"),
    ("redis+sentinel://a:26379,/mymaster", "names no host"),
    ("redis+sentinel://a:26379/mymaster/hunter2", "a database's number"),
    ("redis+cluster://host/1", "a cluster has none"),
    ("redis+cluster://hunter2,b", "several hosts"),
]


@pytest.mark.parametrize("url", GOOD)
def test_an_address_that_is_taken_makes_a_client(url: str):
    assert connect(checked(url)) is not None


@pytest.mark.parametrize(("url", "said"), BAD)
def test_a_refusal_says_what_is_wrong_in_one_line_and_repeats_nothing(url: str, said: str):
    with pytest.raises(ValueError, match=r"\w") as caught:
        checked(url)
    assert said in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert "ter2" not in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert caught.value.__context__ is None or "hunter2" not in str(caught.value.__cause__)


def test_the_scheme_may_be_written_large():
    assert checked(" REDIS://Host:6379 ") == "redis://Host:6379"


def test_sentinels_take_the_name_the_password_and_the_options_of_the_address():
    client = connect("rediss+sentinel://me:p%40w@a:26379,b:26380/main/2?ssl_cert_reqs=none")
    pool = client.connection_pool
    told = pool.connection_kwargs
    assert (told["username"], told["password"], told["db"], told["ssl_cert_reqs"]) == ("me", "p@w", 2, "none")
    assert pool.service_name == "main"
    assert [s.connection_pool.connection_kwargs["port"] for s in pool.sentinel_manager.sentinels] == [26379, 26380]
