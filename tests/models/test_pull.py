"""Pulling, from a real HTTP server on loopback that knows ranges, and can fail on purpose."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from edgebench.errors import DownloadFailed, EdgebenchError, FolderNotWritable, UsageError
from edgebench.files.folders import cache_folder
from edgebench.models.pull import Package, RemoteFile, catalog, pull

CONTENT = {"a.tflite": b"A" * 300_000, "kws01/tst_000001_Left_2.bin": b"left" * 100}


class Server(ThreadingHTTPServer):
    """Serves CONTENT; ``cut`` bytes a request at most; remembers what was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = dict(CONTENT)
        self.cut: int | None = None
        self.ranges: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        content = self.server.content.get(self.path[1:])
        if content is None:
            self.send_error(404)
            return
        wanted = self.headers.get("Range", "")
        self.server.ranges.append(wanted)
        start = int(found[1]) if (found := re.fullmatch(r"bytes=(\d+)-", wanted)) else 0
        self.send_response(206 if found else 200)
        part = content[start:]
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        self.wfile.write(part[: self.server.cut])

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


@pytest.fixture
def packages(server: Server) -> dict[str, Package]:
    files = tuple(
        RemoteFile(path, f"{server.url}/{path}", len(data), hashlib.sha256(data).hexdigest())
        for path, data in CONTENT.items()
    )
    return {"test/one": Package("test/one", "a test", "none", files, labels="kws01")}


def test_a_package_is_fetched_once_and_works_offline(
    tmp_path: Path, server: Server, packages: dict[str, Package]
) -> None:
    first = pull("test/one", cache=tmp_path, packages=packages)
    assert first.fetched == 2
    assert (first.folder / "a.tflite").read_bytes() == CONTENT["a.tflite"]
    labels = (first.folder / "kws01" / "y_labels.csv").read_text()
    assert labels == "tst_000001_Left_2.bin,12,2\n"
    server.content.clear()
    assert pull("test/one", cache=tmp_path, packages=packages).fetched == 0


def test_a_download_that_was_cut_short_goes_on_where_it_stopped(
    tmp_path: Path, server: Server, packages: dict[str, Package]
) -> None:
    server.cut = 100_000
    with pytest.raises(DownloadFailed, match=r"can't be fetched.*goes on"):
        pull("test/one", cache=tmp_path, packages=packages)
    assert (tmp_path / "test/one/a.tflite.part").stat().st_size == 100_000
    assert not (tmp_path / "test/one/a.tflite").exists()
    server.cut = None
    pull("test/one", cache=tmp_path, packages=packages)
    assert (tmp_path / "test/one/a.tflite").read_bytes() == CONTENT["a.tflite"]
    assert "bytes=100000-" in server.ranges


def test_a_wrong_hash_is_not_used_and_says_what_was_expected(
    tmp_path: Path, server: Server, packages: dict[str, Package]
) -> None:
    server.content["a.tflite"] = b"B" * 300_000
    expected = hashlib.sha256(CONTENT["a.tflite"]).hexdigest()
    with pytest.raises(DownloadFailed, match=f"expected {expected}"):
        pull("test/one", cache=tmp_path, packages=packages)
    assert not list((tmp_path / "test/one").rglob("a.tflite*"))


def test_a_file_of_the_users_is_left_alone(
    tmp_path: Path, server: Server, packages: dict[str, Package]
) -> None:
    mine = tmp_path / "test/one/a.tflite"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"mine")
    with pytest.raises(DownloadFailed, match="is left alone"):
        pull("test/one", cache=tmp_path, packages=packages)
    assert mine.read_bytes() == b"mine"


def test_a_server_that_never_stops_fills_no_disk(
    tmp_path: Path, server: Server, packages: dict[str, Package]
) -> None:
    server.content["a.tflite"] = CONTENT["a.tflite"] * 10
    with pytest.raises(DownloadFailed, match="SHA-256"):
        pull("test/one", cache=tmp_path, packages=packages)


@pytest.mark.parametrize("mirror", ["http://[x", "http://127.0.0.1:abc"])
def test_an_address_that_is_none_is_a_clear_error(
    tmp_path: Path, packages: dict[str, Package], mirror: str
) -> None:
    with pytest.raises(EdgebenchError, match=r"127\.0\.0\.1:abc|`mirror"):
        pull("test/one", mirror, tmp_path, packages=packages)


@pytest.mark.parametrize("kind", ["folder", "file", "http"])
def test_a_mirror_stands_in_for_the_files_own_places(
    tmp_path: Path, server: Server, packages: dict[str, Package], kind: str
) -> None:
    copy = tmp_path / "copy"
    for name, data in CONTENT.items():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_bytes(data)
    mirror = {"folder": str(copy), "file": copy.as_uri(), "http": server.url}[kind]
    if kind != "http":
        server.content.clear()
    pulled = pull("test/one", mirror, tmp_path / "cache", packages=packages)
    assert pulled.fetched == 2


def test_what_cannot_be_pulled_is_said(tmp_path: Path, packages: dict[str, Package]) -> None:
    with pytest.raises(UsageError, match="unknown value 'test/two'; choose from test/one"):
        pull("test/two", cache=tmp_path, packages=packages)
    with pytest.raises(UsageError, match="neither a folder nor"):
        pull("test/one", "ftp://somewhere", tmp_path, packages=packages)


def test_the_catalogs_hashes_are_those_of_the_real_files(tiny: Path, tmp_path: Path) -> None:
    """Everything in the catalog, from a mirror made of the files that are here."""
    mirror = tmp_path / "mirror"
    (mirror / "kws01").mkdir(parents=True)
    for path in (tiny / "models").iterdir():
        name = path.name.replace("kws_ref_model_dynamic_range", "kws_ref_model_float32")
        (mirror / name).write_bytes(path.read_bytes())
    for path in (tiny / "kws01").glob("*.bin"):
        (mirror / "kws01" / path.name).write_bytes(path.read_bytes())
    (mirror / "sww01").mkdir()
    for path in (tiny / "sww01").iterdir():
        (mirror / "sww01" / path.name).write_bytes(path.read_bytes())
    for name, package in catalog().items():
        pulled = pull(name, str(mirror), tmp_path / "cache")
        assert pulled.fetched == len(package.files)
    labels = (tmp_path / "cache/mlperf-tiny/kws/kws01/y_labels.csv").read_text()
    assert labels.split() == (tiny / "kws01" / "y_labels.csv").read_text().split()


def test_the_cache_is_where_xdg_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder("pull").path == tmp_path / "edgebench" / "pull"


def test_a_cache_that_cannot_be_written_is_named_with_its_variable(
    monkeypatch: pytest.MonkeyPatch, server: Server, packages: dict[str, Package]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/nobody/may")
    with pytest.raises(FolderNotWritable, match=r"/proc/nobody/may.*XDG_CACHE_HOME"):
        pull("test/one", server.url, packages=packages)
    assert not server.ranges
