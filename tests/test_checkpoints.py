import hashlib
import http.server
import socket
import threading

import pytest
import torch

from colornb import checkpoints


@pytest.fixture
def state(generator):
    return {"w": torch.randn(3, 4, generator=generator), "n": torch.tensor(7)}


def test_what_is_written_is_read(tmp_path, state):
    checkpoints.write(tmp_path / "a.safetensors", state, {"seed": 3, "data": "storybook"})
    read, about = checkpoints.read(tmp_path / "a.safetensors")
    assert about == {"seed": 3, "data": "storybook"}
    assert all(torch.equal(read[key], value) for key, value in state.items())


def test_half_precision_keeps_whole_numbers_whole(tmp_path, state):
    checkpoints.write(tmp_path / "a.safetensors", state, {}, half=True)
    read, _ = checkpoints.read(tmp_path / "a.safetensors")
    assert read["n"] == 7
    assert read["w"].dtype == torch.float32
    assert torch.equal(read["w"], state["w"].half().float())


def test_a_truncated_file_is_named_in_one_line(tmp_path, state):
    path = tmp_path / "a.safetensors"
    checkpoints.write(path, state, {})
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(ValueError, match="get it again") as error:
        checkpoints.read(path)
    assert "\n" not in str(error.value)


def test_names_that_lead_nowhere_are_refused_with_the_choices(tmp_path):
    with pytest.raises(FileNotFoundError, match="shipped name") as error:
        checkpoints.resolve(tmp_path / "nothing")
    assert "\n" not in str(error.value)


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """A place of its own for shipped checkpoints, with one called "base"."""
    monkeypatch.setattr(checkpoints, "SHIPPED", tmp_path)
    checkpoints.bundle({"w": torch.arange(6.0)}, {"method": "rtug"}, "base")
    return tmp_path


def test_a_part_that_another_checkpoint_holds_is_read_from_there(shelf):
    state = {"backbone.w": torch.arange(6.0), "own": torch.ones(2)}
    path = checkpoints.bundle(state, {"seed": 1}, "more", {"backbone": "base"})
    whole = checkpoints.bundle(state, {"seed": 1}, "whole")
    assert path.stat().st_size < whole.stat().st_size + 200, "the part is not written again, but its address is"
    read, about = checkpoints.read(path)
    assert about == {"seed": 1}
    assert read.keys() == state.keys()
    assert all(torch.equal(read[key], state[key]) for key in state)


def test_a_part_that_has_changed_is_refused(shelf):
    with pytest.raises(ValueError, match="the backbone is not base"):
        checkpoints.bundle({"backbone.w": torch.zeros(6)}, {}, "more", {"backbone": "base"})
    with pytest.raises(ValueError, match="no shipped checkpoint is named 'bass'"):
        checkpoints.bundle({"backbone.w": torch.arange(6.0)}, {}, "more", {"backbone": "bass"})
    path = checkpoints.bundle({"backbone.w": torch.arange(6.0)}, {}, "more", {"backbone": "base"})
    checkpoints.bundle({"w": torch.zeros(6)}, {}, "base")
    with pytest.raises(ValueError, match="needs another base") as error:
        checkpoints.read(path)
    assert "\n" not in str(error.value)


def test_shipped_checkpoints_fit_their_budget():
    sizes = [path.stat().st_size for path in checkpoints.SHIPPED.glob("*.safetensors")]
    assert sizes, "no checkpoint is shipped"
    assert max(sizes) <= 16 * 2**20
    assert sum(sizes) <= 64 * 2**20


# Published files, from a server of our own.

CONTENT = bytes(range(256)) * 4096


class Server(http.server.BaseHTTPRequestHandler):
    """Serves CONTENT, but no more than `limit` bytes of an answer; `asked` remembers the ranges."""

    limit, ranges, asked = None, True, []

    def do_GET(self):
        wanted = self.headers.get("Range")
        self.asked.append(wanted)
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and self.ranges else 0
        if start >= len(CONTENT):
            self.send_error(416)
            return
        self.send_response(206 if wanted and self.ranges else 200)
        self.send_header("Content-Length", str(len(CONTENT) - start))
        self.end_headers()
        self.wfile.write(CONTENT[start:][: self.limit])

    def log_message(self, *_):
        pass


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A published file "net", a cache that is empty, and how the server behaves."""
    handler = type("Handler", (Server,), {"asked": []})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{running.server_port}/net.pth"
        monkeypatch.setitem(
            checkpoints.OFFICIAL, "net", checkpoints.Official(url, hashlib.sha256(CONTENT).hexdigest()[:8])
        )
        monkeypatch.setenv("COLORNB_CACHE", str(tmp_path / "cache"))
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        yield handler
        running.shutdown()


def in_cache(tmp_path):
    return sorted(path.name for path in (tmp_path / "cache" / "weights").iterdir())


def test_a_published_file_is_fetched_once(server, tmp_path):
    path = checkpoints.fetch("net")
    assert path.read_bytes() == CONTENT
    assert checkpoints.fetch("net") == path
    assert server.asked == [None]
    assert in_cache(tmp_path) == ["net.pth"]


def test_a_cut_download_goes_on_where_it_was(server, tmp_path):
    server.limit = 300_000
    with pytest.raises(OSError, match="300000 of 1048576") as error:
        checkpoints.fetch("net")
    assert "\n" not in str(error.value)
    assert str(tmp_path / "cache" / "weights" / "net.pth") in str(error.value)
    assert in_cache(tmp_path) == ["net.pth.part"]
    server.limit = None
    assert checkpoints.fetch("net").read_bytes() == CONTENT
    assert server.asked == [None, "bytes=300000-"]


@pytest.mark.parametrize("size", [1000, len(CONTENT)])
@pytest.mark.parametrize("ranges", [True, False])
def test_what_lies_there_is_used_whatever_the_server_knows(server, tmp_path, ranges, size):
    server.ranges = ranges
    part = tmp_path / "cache" / "weights" / "net.pth.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(CONTENT[:size])
    assert checkpoints.fetch("net").read_bytes() == CONTENT
    assert server.asked == [f"bytes={size}-"]


def test_a_file_that_is_not_the_published_one_is_never_handed_out(server, tmp_path, monkeypatch):
    right = checkpoints.OFFICIAL["net"]
    monkeypatch.setitem(checkpoints.OFFICIAL, "net", right._replace(sha256="0" * 8))
    with pytest.raises(ValueError, match="not the published file") as error:
        checkpoints.fetch("net")
    assert "\n" not in str(error.value)
    assert in_cache(tmp_path) == []
    monkeypatch.setitem(checkpoints.OFFICIAL, "net", right)
    path = checkpoints.fetch("net")
    path.write_bytes(CONTENT[:-1])
    with pytest.raises(ValueError, match="delete it"):
        checkpoints.fetch("net")


def test_without_a_network_one_line_says_where_to_put_the_file(tmp_path, monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but nobody listens
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/net.pth"
        monkeypatch.setitem(checkpoints.OFFICIAL, "net", checkpoints.Official(url, hashlib.sha256(CONTENT).hexdigest()))
        monkeypatch.setenv("COLORNB_CACHE", str(tmp_path))
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        place = tmp_path / "weights" / "net.pth"
        with pytest.raises(OSError, match="put the file at") as error:
            checkpoints.fetch("net")
        assert str(error.value).endswith(str(place))
        assert "\n" not in str(error.value)
        place.write_bytes(CONTENT)
        assert checkpoints.fetch("net") == place


def test_a_file_that_is_there_already_is_taken_by_its_path(tmp_path):
    own = tmp_path / "mine.pth"
    own.write_bytes(b"anything")
    assert checkpoints.fetch(own) == checkpoints.fetch(str(own)) == own
    with pytest.raises(FileNotFoundError, match="inception") as error:
        checkpoints.fetch(tmp_path / "nothing")
    assert "\n" not in str(error.value)


def test_published_files_are_named_after_their_digest():
    for official in checkpoints.OFFICIAL.values():
        assert official.url.startswith("https://")
        assert len(official.sha256) >= 8 and official.sha256 == official.sha256.lower()


# Files of others.


def test_a_published_state_dict_loses_the_prefix_of_parallel_training(tmp_path):
    torch.save({"module.a.weight": torch.ones(2), "b": torch.zeros(1)}, tmp_path / "a.pth")
    assert checkpoints.read_published(tmp_path / "a.pth").keys() == {"a.weight", "b"}


@pytest.mark.parametrize("what", ["code", "more", "cut"])
def test_anything_but_plain_weights_is_refused_and_never_run(what, tmp_path):
    path, ran = tmp_path / "a.pth", tmp_path / "ran"

    class Trap:
        def __reduce__(self):
            return (open, (str(ran), "w"))

    torch.save({"a": Trap()} if what == "code" else {"a": torch.ones(1), "epoch": 3}, path)
    if what == "cut":
        path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(ValueError, match="state dict") as error:
        checkpoints.read_published(path)
    assert "\n" not in str(error.value)
    assert not ran.exists()


def test_half_precision_keeps_numbers_that_are_too_large_for_it(tmp_path):
    state = {"var": torch.tensor([1e-3, 1.6e6]), "weight": torch.tensor([0.5, 60000.0]), "none": torch.zeros(0)}
    checkpoints.write(tmp_path / "a.safetensors", state, {}, half=True)
    found, _ = checkpoints.read(tmp_path / "a.safetensors")
    assert torch.equal(found["var"], state["var"])
    assert torch.equal(found["weight"], state["weight"])


def test_what_a_file_is_to_fill_draws_no_weights_first():
    own, state = torch.Generator().manual_seed(1), torch.get_rng_state()
    before = own.get_state()
    with checkpoints.SkipInit():
        network = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3), torch.nn.BatchNorm2d(8), torch.nn.Linear(8, 2))
        for layer in (network[0], network[2]):
            torch.nn.init.kaiming_normal_(layer.weight, generator=own)
            torch.nn.init.trunc_normal_(layer.weight, generator=own)
    assert torch.equal(torch.get_rng_state(), state) and torch.equal(own.get_state(), before)
    assert (network[1].weight == 1).all() and (network[1].bias == 0).all(), "what is no draw is done"
    torch.nn.init.normal_(network[2].weight, generator=own)
    assert not torch.equal(own.get_state(), before), "after it all is as it was"
