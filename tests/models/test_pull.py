"""Pulling, from a real HTTP server on loopback that knows ranges, and can fail on purpose."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from edgebench.datasets.load import load_dataset
from edgebench.datasets.recipes.recipe import RECIPES
from edgebench.errors import (
    DatasetInvalid,
    DownloadFailed,
    EdgebenchError,
    FolderNotWritable,
    UsageError,
)
from edgebench.files.folders import cache_folder
from edgebench.models.packages.catalog import Package, RemoteFile, catalog
from edgebench.models.packages.generated import MADE_HERE
from edgebench.models.packages.pull import pull
from edgebench.models.packages.pulled import PACKAGES
from tests.datasets.recipes.test_toyadmos import recording

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
    """All of MLPerf Tiny's files that are here are in the catalog, and are what it says."""
    mirror = tmp_path / "mirror"
    (mirror / "kws01").mkdir(parents=True)
    for path in (tiny / "models").iterdir():
        name = path.name.replace("kws_ref_model_dynamic_range", "kws_ref_model_float32")
        (mirror / name).write_bytes(path.read_bytes())
    for path in (tiny / "kws01").glob("*.bin"):
        (mirror / "kws01" / path.name).write_bytes(path.read_bytes())
    (mirror / "sww01").symlink_to(tiny / "sww01")
    here = {
        name: replace(
            package, files=tuple(each for each in package.files if (mirror / each.path).is_file())
        )
        for name, package in catalog().items()
        if package.files
    }
    for name, package in here.items():
        pulled = pull(name, str(mirror), tmp_path / "cache", packages=here)
        assert pulled.fetched == len(package.files)
    labels = (tmp_path / "cache/mlperf-tiny/kws/kws01/y_labels.csv").read_text()
    assert labels.split() == (tiny / "kws01" / "y_labels.csv").read_text().split()
    listed = {each.path for package in here.values() for each in package.files}
    assert {path.name for path in mirror.glob("*.tflite")} <= listed
    assert {f"kws01/{path.name}" for path in (tiny / "kws01").glob("*.bin")} <= listed
    assert {f"sww01/{path.name}" for path in (tiny / "sww01").iterdir()} <= listed


def test_every_file_of_a_checkout_is_what_the_catalog_says() -> None:
    """Of mlcommons/tiny at the commit that the catalog names."""
    checkout = os.environ.get("TINY_DIR")
    if checkout is None:
        pytest.skip("set TINY_DIR to a checkout of mlcommons/tiny")
    checked = 0
    for package in catalog().values():
        for file in (*package.files, *package.lists):
            _, found, at = file.url.partition("/mlcommons/tiny/")
            if found:
                content = (Path(checkout) / at.partition("/")[2]).read_bytes()
                assert hashlib.sha256(content).hexdigest() == file.sha256, file.path
                checked += 1
    assert checked > 20


def test_the_catalog_has_all_benchmarks_and_all_keywords() -> None:
    known = catalog()
    assert set(known) == {*PACKAGES.values(), "made/sww"}
    assert {each.made_here for each in known.values()} == {"", *MADE_HERE}
    assert sum(each.path.endswith(".bin") for each in known["mlperf-tiny/kws"].files) == 1000
    assert {each.recipe for each in known.values()} == {"", *RECIPES}
    # Nothing may change under a pinned hash: every address has a commit in it.
    for package in known.values():
        for file in (*package.files, *package.lists):
            assert re.match(r"https://raw\.githubusercontent\.com/\w+/\w+/[0-9a-f]{40}/", file.url)


def test_a_list_of_fewer_samples_is_brought_up_to_date_and_the_users_is_kept(
    tmp_path: Path, server: Server, packages: dict[str, Package]
) -> None:
    labels = tmp_path / "test/one/kws01/y_labels.csv"
    labels.parent.mkdir(parents=True)
    labels.write_text("")
    pull("test/one", cache=tmp_path, packages=packages)
    assert labels.read_text() == "tst_000001_Left_2.bin,12,2\n"
    labels.write_text("mine.bin,12,2\n")
    pull("test/one", cache=tmp_path, packages=packages)
    assert labels.read_text() == "mine.bin,12,2\n"


def test_data_are_made_from_what_the_user_has(tmp_path: Path, server: Server) -> None:
    server.content["lists/ad01.csv"] = b"normal_id_01_00000003_hist_librosa.bin,2,0,2560,512\n"
    model, lists = (
        RemoteFile(
            *(path, f"{server.url}/{path}", len(server.content[path])),
            hashlib.sha256(server.content[path]).hexdigest(),
        )
        for path in ("a.tflite", "lists/ad01.csv")
    )
    package = Package("test/ad", "a test", "none", (model,), recipe="ad01", lists=(lists,))
    plain = Package("test/plain", "a test", "none", (model,))
    known = {each.name: each for each in (package, plain)}
    first = pull("test/ad", cache=tmp_path, packages=known)
    assert (first.fetched, first.data) == (1, None)
    assert "dev_data_ToyCar.zip" in first.wants
    cars = tmp_path / "cars"
    cars.mkdir()
    (cars / "normal_id_01_00000003.wav").write_bytes(recording(1))
    made = pull("test/ad", cache=tmp_path, packages=known, source=cars)
    assert (made.fetched, made.made, made.wants) == (1, 1, "")
    assert made.data == tmp_path / "test/ad/ad01"
    assert load_dataset(str(made.data)).count == 196
    # A source that is wrong leaves what was made before.
    with pytest.raises(DatasetInvalid, match="is not among its 0 recordings"):
        pull("test/ad", cache=tmp_path, packages=known, source=tmp_path / "test/ad/lists")
    assert pull("test/ad", cache=tmp_path, packages=known).data == made.data
    with pytest.raises(UsageError, match=r"test/plain has no data that are made; test/ad have"):
        pull("test/plain", cache=tmp_path, packages=known, source=cars)


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
