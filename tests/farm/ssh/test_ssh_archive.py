"""What comes back from a machine that is not trusted: as announced and within limits, or not."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgebench.errors import DeviceLost, EdgebenchError, SutFailed
from edgebench.farm.ssh.archive import HEADER_BYTES, parse_sums, unpack

RUN_JSON = b"{}"
GOOD = {"run/run.json": hashlib.sha256(RUN_JSON).hexdigest()}


def _archive(*members: tuple[str, bytes], tar_format: int = tarfile.GNU_FORMAT) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tar_format) as tar:
        for name, content in members:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
        link = tarfile.TarInfo("run/link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    return file.getvalue()


def _unpack(archive: bytes, folder: Path, wanted: dict[str, str] = GOOD) -> list[str]:
    target = folder / "incoming"
    target.mkdir(exist_ok=True)
    unpack(io.BytesIO(archive), wanted, target, "board")
    return sorted(str(path.relative_to(target)) for path in target.rglob("*") if not path.is_dir())


def test_an_archive_can_not_write_elsewhere_nor_lie(tmp_path: Path) -> None:
    sent = _archive(("./run/run.json", RUN_JSON), ("../../x", b"evil"), ("/etc/x", b"evil"))
    assert _unpack(sent, tmp_path) == ["run/run.json"]
    assert not (tmp_path.parent / "x").exists()
    with pytest.raises(DeviceLost, match=r"run/run\.json did not come as it was sent"):
        _unpack(_archive(("./run/run.json", b"{!}")), tmp_path)
    with pytest.raises(DeviceLost, match=r"run/run\.json did not come"):
        _unpack(_archive(), tmp_path)
    with pytest.raises(DeviceLost, match="extra was not announced"):
        _unpack(_archive(("run/run.json", RUN_JSON), ("run/extra", b"")), tmp_path)


def test_a_link_can_not_lead_a_file_out(tmp_path: Path) -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        link = tarfile.TarInfo("run")
        link.type, link.linkname = tarfile.SYMTYPE, str(tmp_path)
        tar.addfile(link)
        entry = tarfile.TarInfo("run/run.json")
        entry.size = len(RUN_JSON)
        tar.addfile(entry, io.BytesIO(RUN_JSON))
    assert _unpack(file.getvalue(), tmp_path) == ["run/run.json"]
    assert not (tmp_path / "run.json").exists()
    assert not (tmp_path / "incoming" / "run").is_symlink()


@pytest.mark.parametrize("tar_format", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_names_come_whole(tmp_path: Path, tar_format: int) -> None:
    name = "run/" + "/".join(["x" * 100] * 3) + "/run.json"
    wanted = {name: GOOD["run/run.json"]}
    sent = _archive((name, RUN_JSON), tar_format=tar_format)
    assert _unpack(sent, tmp_path, wanted) == [name]


def test_a_compressed_archive_is_refused(tmp_path: Path) -> None:
    """A few kilobytes could be gigabytes."""
    with pytest.raises(SutFailed, match="no sound archive"):
        _unpack(gzip.compress(_archive(("run/run.json", RUN_JSON))), tmp_path)


def _header(name: str, size: int, kind: bytes = tarfile.REGTYPE) -> bytes:
    entry = tarfile.TarInfo(name)
    entry.size, entry.type = size, kind
    return entry.tobuf(tarfile.GNU_FORMAT)


def _sparse_by_pax() -> bytes:
    """Return a member of a terabyte that takes a kilobyte, as ``tar --sparse`` writes it."""
    entry = tarfile.TarInfo("run/run.json")
    entry.pax_headers = {
        "GNU.sparse.major": "1",
        "GNU.sparse.minor": "0",
        "GNU.sparse.name": "run/run.json",
        "GNU.sparse.realsize": str(2**40),
    }
    content = b"1\n1099511627775\n1\n".ljust(512, b"\0") + b"x".ljust(512, b"\0")
    entry.size = 513
    return entry.tobuf(tarfile.PAX_FORMAT) + content + bytes(1024)


def _sparse_by_gnu() -> bytes:
    block = bytearray(_header("run/run.json", 1, tarfile.GNUTYPE_SPARSE))
    block[386:398], block[398:410] = b"00000000000\0", b"00000000001\0"
    block[483:495] = f"{2**32:011o}\0".encode()
    block[148:156] = b" " * 8
    block[148:156] = f"{sum(block):06o}\0 ".encode()
    return bytes(block) + b"x".ljust(512, b"\0") + bytes(1024)


@pytest.mark.parametrize("sent", [_sparse_by_pax(), _sparse_by_gnu()], ids=["pax", "gnu"])
def test_a_sparse_file_is_refused(tmp_path: Path, sent: bytes) -> None:
    with pytest.raises(SutFailed, match="sparse"):
        _unpack(sent, tmp_path)
    assert not any((tmp_path / "incoming").rglob("*.json"))


def test_limits_hold_before_anything_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SutFailed, match="more than 2,147,483,648 bytes"):
        _unpack(_header("run/run.json", 2**40), tmp_path)
    monkeypatch.setattr("edgebench.farm.ssh.archive.MOST_MEMBERS", 3)
    many = _archive(*((f"run/{number}", b"") for number in range(4)))
    wanted = {f"run/{number}": hashlib.sha256(b"").hexdigest() for number in range(4)}
    with pytest.raises(SutFailed, match="more than 3 files"):
        _unpack(many, tmp_path, wanted)
    with pytest.raises(SutFailed, match="have 4 files"):
        parse_sums("".join(f"{'0' * 64}  ./{n}\n" for n in range(4)).encode(), "board")


class Endless:
    """A header that announces a huge name, and the name."""

    def __init__(self, kind: bytes) -> None:
        self._head = _header("././@LongLink", 2**35, kind)
        self.given = 0

    def read(self, size: int = -1) -> bytes:
        head, self._head = self._head[:size], self._head[size:]
        data = head + b"1\n" * ((size - len(head)) // 2)
        self.given += len(data)
        return data


@pytest.mark.parametrize(
    "kind", [tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XHDTYPE, tarfile.XGLTYPE]
)
def test_a_huge_header_is_not_read_into_memory(tmp_path: Path, kind: bytes) -> None:
    endless = Endless(kind)
    tracemalloc.start()
    try:
        with pytest.raises(SutFailed, match="a header of more than"):
            unpack(endless, GOOD, tmp_path, "board")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert endless.given < 2 * HEADER_BYTES
    assert peak < 8 * HEADER_BYTES


def test_a_large_file_goes_to_the_disk_as_it_comes(tmp_path: Path) -> None:
    size = 64 << 20
    content = bytes(size)
    wanted = {"run/run.json": hashlib.sha256(content).hexdigest()}
    sent = io.BytesIO(_archive(("run/run.json", content)))
    del content
    tracemalloc.start()
    try:
        unpack(sent, wanted, tmp_path, "board")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (tmp_path / "run" / "run.json").stat().st_size == size
    assert peak < size / 16


WHOLE = _archive(("run/run.json", RUN_JSON))


@given(cut=st.integers(0, len(WHOLE)), place=st.integers(0, 1500), insert=st.binary(max_size=8))
def test_any_damage_is_an_error_or_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, cut: int, place: int, insert: bytes
) -> None:
    folder = tmp_path_factory.mktemp("archive")
    damaged = (WHOLE[:place] + insert + WHOLE[place + len(insert) :])[:cut]
    try:
        assert _unpack(damaged, folder) == ["run/run.json"]
    except EdgebenchError:
        return
    assert (folder / "incoming" / "run" / "run.json").read_bytes() == RUN_JSON


def test_checksums_are_read_as_coreutils_and_busybox_print_them() -> None:
    digest = "0" * 64
    text = f"{digest}  ./a b/run.json\n{digest} *./x\n"
    assert parse_sums(text.encode(), "board") == {"a b/run.json": digest, "x": digest}
    assert parse_sums(b"", "board") == {}
    for line in (f"\\{digest}  ./a\\nb", "sha256sum: x: Permission denied", digest):
        with pytest.raises(SutFailed, match="sha256sum there prints"):
            parse_sums(line.encode(), "board")
