"""Files are written whole or not at all."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from edgebench.files.atomic import replacing, replacing_folder, write_bytes, write_text


def test_the_file_is_the_new_one_when_the_block_has_ended(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    path.write_text("old")
    with replacing(path) as draft:
        draft.write_text("new")
        assert draft.suffix == path.suffix
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert [each.name for each in tmp_path.iterdir()] == ["one.json"]


def test_a_block_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "one.txt"
    write_text(path, "old")
    with pytest.raises(KeyboardInterrupt), replacing(path) as draft:
        draft.write_text("half")
        raise KeyboardInterrupt
    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["one.txt"]


def test_a_block_that_writes_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), replacing(tmp_path / "one"):
        pass
    assert not list(tmp_path.iterdir())


def test_the_draft_of_a_killed_process_is_written_over(tmp_path: Path) -> None:
    path = tmp_path / "one.bin"
    program = (
        "import sys, time; from pathlib import Path; from edgebench.files.atomic import replacing\n"
        "with replacing(Path(sys.argv[1])) as draft:\n"
        "    draft.write_bytes(b'half'); print('written', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"written\n"
        os.kill(process.pid, signal.SIGKILL)
    assert not path.exists()
    assert len(list(tmp_path.iterdir())) == 1
    write_bytes(path, b"whole")
    assert [each.name for each in tmp_path.iterdir()] == ["one.bin"]


def _write_many(path: Path, letter: str) -> None:
    for _ in range(50):
        with replacing(path, shared=True) as draft, draft.open("w") as file:
            for _ in range(100):
                file.write(letter * 100)
                file.flush()


def test_a_shared_file_is_always_one_writers(tmp_path: Path) -> None:
    path = tmp_path / "cache.txt"
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write_many, args=(path, letter)) for letter in "ab"]
    for each in writers:
        each.start()
    seen = set()
    while any(each.is_alive() for each in writers):
        if path.exists():
            seen.add(path.read_text())
    for each in writers:
        each.join()
        assert each.exitcode == 0
    assert seen | {path.read_text()} <= {"a" * 10_000, "b" * 10_000}
    assert [each.name for each in tmp_path.iterdir()] == ["cache.txt"]


def _tree(folder: Path) -> dict[str, str]:
    return {
        str(each.relative_to(folder)): each.read_text()
        for each in folder.rglob("*")
        if each.is_file()
    }


def test_a_folder_is_the_new_one_when_the_block_has_ended(tmp_path: Path) -> None:
    folder = tmp_path / "below" / "data"
    for name in ("old", "new"):
        with replacing_folder(folder) as draft:
            assert not list(draft.iterdir())
            (draft / name).write_text(name)
            assert _tree(folder) == ({} if name == "old" else {"old": "old"})
    assert _tree(tmp_path) == {"below/data/new": "new"}
    assert [each.name for each in folder.parent.iterdir()] == ["data"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_a_folder_stays_as_it_was_if_the_block_fails(
    error: type[BaseException], tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "old").write_text("old")
    with pytest.raises(error), replacing_folder(folder) as draft:
        (draft / "new").write_text("half")
        raise error
    assert _tree(tmp_path) == {"data/old": "old"}
    assert [each.name for each in tmp_path.iterdir()] == ["data"]


def test_what_a_killed_process_left_of_a_folder_is_no_part_of_the_next(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path\n"
        "from edgebench.files.atomic import replacing_folder\n"
        "with replacing_folder(Path(sys.argv[1])) as draft:\n"
        "    (draft / 'half').write_text(''); print('written', flush=True); time.sleep(60)"
    )
    folder = tmp_path / "data"
    with subprocess.Popen(
        [sys.executable, "-c", program, str(folder)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"written\n"
        os.kill(process.pid, signal.SIGKILL)
    assert not folder.exists()
    with replacing_folder(folder) as draft:
        (draft / "whole").write_text("whole")
    assert _tree(tmp_path) == {"data/whole": "whole"}
    assert [each.name for each in tmp_path.iterdir()] == ["data"]


def test_a_file_is_not_replaced_by_a_folder(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_text("mine")
    with pytest.raises(NotADirectoryError), replacing_folder(path):
        pass
    assert _tree(tmp_path) == {"data": "mine"}


def test_the_first_of_several_makers_of_a_folder_wins(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with replacing_folder(folder, shared=True) as slow:
        (slow / "file").write_text("slow")
        with ThreadPoolExecutor(1) as pool:
            pool.submit(_made, folder).result()
        assert _tree(folder) == {"file": "quick"}
    assert _tree(tmp_path) == {"data/file": "quick"}
    assert [each.name for each in tmp_path.iterdir()] == ["data"]


def _made(folder: Path) -> None:
    with replacing_folder(folder, shared=True) as draft:
        (draft / "file").write_text("quick")
