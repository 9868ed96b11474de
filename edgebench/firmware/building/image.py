"""An image for a board: the firmware with a model in it, linked, and how large it is."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from edgebench.boards.card import BoardCard, FirmwareCard, board_cards
from edgebench.errors import BuildFailed, ToolchainMissing, UsageError
from edgebench.files.atomic import replacing
from edgebench.files.folders import cache_folder
from edgebench.firmware.building.benchmark import benchmark_parts
from edgebench.firmware.building.compiling import TOOL_S, digest_of, run_tool, write_sources
from edgebench.firmware.building.engine_objects import SUPPORT, Compiler
from edgebench.firmware.building.network_part import NetworkPart, network_part
from edgebench.firmware.building.protocol_checks import protocol_checks
from edgebench.firmware.building.stack import FLAGS as STACK_FLAGS
from edgebench.firmware.building.stack import stack_bytes
from edgebench.firmware.c_files import CORE, KERNELS, firmware_folder, include_flags, sources
from edgebench.firmware.emitting.source import LayerCost, Source
from edgebench.firmware.external.contract import OWN
from edgebench.firmware.external.faults import explained
from edgebench.firmware.optimize import BALANCED
from edgebench.mlperf.tiny.inputs import TinyBenchmark
from edgebench.models.card import training_script
from edgebench.models.resolve import Model
from edgebench.processes.programs import captured
from edgebench.registry import search_path
from edgebench.text.call_text import call_text

FLAGS = (
    "-std=c99",
    "-O3",
    "-ffunction-sections",
    "-fdata-sections",
    "-Wall",
    "-Wextra",
    "-Werror",
)
LINK_FLAGS = ("-nostartfiles", "-Wl,--gc-sections")
ENGINE_LINK_FLAGS = ("-Wl,--wrap=main",)
"""Constructors of another engine run first: ``firmware_host/external``."""
NEWLIB_STUBS = "-specs=nosys.specs"
"""Calls of an operating system that newlib makes, for engines that print or end."""
PACKAGES = {
    "arm-none-eabi-gcc": "gcc-arm-none-eabi libnewlib-arm-none-eabi",
    "riscv64-unknown-elf-gcc": "gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf",
}
SCRIPT = "link.ld"
OLDEST_GCC = 10


@dataclass(frozen=True)
class ImageOptions:
    """How an image is made: see `edgebench.firmware.emitting.source.emit`.

    ``benchmark`` is MLPerf Tiny's that the model is of: `edgebench.firmware.building.benchmark`.
    ``engine`` computes the network: `edgebench.firmware.external.find.engine_of`.
    """

    optimize: str = BALANCED
    profile: bool = False
    benchmark: TinyBenchmark | None = None
    engine: str = OWN


@dataclass(frozen=True)
class Image:
    """A linked firmware. Bytes of code, of constants, of RAM without the stack.

    ``stack_bytes`` is the deepest that the stack can get; None where that has no bound.
    ``layers`` are the network's. ``streams``: it listens to audio, by files of an emulator's.
    ``optimize`` is what it was built for: flash against speed. ``engine`` is the name of what
    computes the network; of another one than edgebench's own, activations (``arena_bytes``) and the
    stack's depth are None: they are not known, nor are its layers. ``compiler`` is its name and
    version.
    """

    path: Path
    board: BoardCard
    text_bytes: int
    rodata_bytes: int
    ram_bytes: int
    arena_bytes: int | None
    stack_bytes: int | None
    layers: tuple[LayerCost, ...]
    streams: bool = False
    optimize: str = BALANCED
    engine: str = OWN
    compiler: str = ""


def build_image(model: Model, board: BoardCard, options: ImageOptions | None = None) -> Image:
    """Build the firmware with a model for a board; kept in the cache.

    Raises
    ------
    UsageError
        If the board's card has no firmware.
    ToolchainMissing
        If its compiler is not installed.
    ModelNotSupported
        If the firmware lacks one of the model's ops.
    BuildFailed
        If the compiler refuses, or the image does not fit the board.
    """
    card = firmware_of(board)
    compiler = compiler_of(card)
    chosen = options or ImageOptions()
    own = benchmark_parts(model, chosen.benchmark)
    version = version_of(compiler)
    own_flags = [*card.flags, *FLAGS, *STACK_FLAGS]
    # A specs file of the linker's says where the compiler finds its library's headers.
    network = network_part(
        model,
        Compiler(compiler, version, (*own_flags, *card.link_flags)),
        card.kernels,
        engine=chosen.engine,
        optimize=chosen.optimize,
        profile=chosen.profile,
    )
    source = network.source
    generated = {**source.files, **own.files, **protocol_checks()}
    support = [SUPPORT] if network.engine else []
    parts, kernels = (*CORE, *own.folders), KERNELS[card.kernels]
    files = sources(*parts, *support, *port_folders(card))
    script = link_script(card)
    slots = f"-DEB_SAMPLE_SLOTS={card.slots}U"
    flags = [*own_flags, *(f"-D{each}" for each in card.defines), slots, *own.defines]
    flags += network.defines
    # Behind the objects: what a card links may be a library.
    link = [*network.link, *_link_flags(network, compiler), *card.link_flags, f"-T{script}"]
    link += symbols(card)
    called = [compiler, version, *flags, *link, *network.digest]
    made_of = [*files, *sources(*kernels), *network.archives, script]
    digest = digest_of(generated, made_of, called)
    kept = cache_folder("firmware") / digest
    folder = kept.path
    image = folder / "firmware.elf"
    if not image.is_file():
        kept.ready()
        write_sources(kept, generated)
        included = (*parts, *kernels, *port_folders(card))
        includes = include_flags(*included)
        written = [str(folder / name) for name in generated if name.endswith(".c")]
        command = [compiler, *flags, *includes, f"-I{folder}", *map(str, files), *written]
        command += [*map(str, network.objects), *link, "-o"]
        try:
            with replacing(image, shared=True) as draft:
                run_tool([*command, str(draft)])
        except BuildFailed as error:
            raise _explained(error, board, model, network) from error
    sizes = _section_sizes(compiler, image)
    ram = sizes.get(".data", 0) + sizes.get(".bss", 0)
    stack = None if network.engine else stack_bytes(folder, network.objects[0].parent)
    excess = ram + (stack or 0) - card.ram_bytes
    if excess > 0:
        raise _too_large(board, "RAM", excess, model, source)
    return Image(
        image,
        board,
        sizes.get(".text", 0),
        sizes.get(".rodata", 0),
        ram,
        None if network.engine else source.arena_bytes,
        stack,
        source.layers,
        own.streams,
        chosen.optimize,
        network.engine.name if network.engine else OWN,
        f"{card.compiler} {version}",
    )


def _link_flags(network: NetworkPart, compiler: str) -> list[str]:
    """Return how the linker is called, besides what the board's card says."""
    if network.engine is None:
        return [*LINK_FLAGS]
    stubs = [NEWLIB_STUBS] if "arm-none-eabi" in compiler else []
    return [*LINK_FLAGS, *ENGINE_LINK_FLAGS, *stubs]


def firmware_of(board: BoardCard) -> FirmwareCard:
    """Return what a board's firmware is built with.

    Raises
    ------
    UsageError
        If the card does not say.
    """
    if board.firmware is None:
        raise UsageError(
            f"the board {board.name} runs no firmware of edgebench's: its card has no [firmware]. "
            f"These do: {', '.join(_with_firmware())}",
            field="board",
            value=board.name,
        )
    return board.firmware


def _with_firmware() -> Iterator[str]:
    return (name for name, card in board_cards().items() if card.firmware is not None)


def link_script(card: FirmwareCard) -> Path:
    """Return the linker script of a board's port."""
    return firmware_folder() / port_folders(card)[0] / SCRIPT


def port_folders(card: FirmwareCard) -> list[str]:
    """Return the folders of a board's port, as `sources` takes them.

    They are looked for where cards are: in ``ports/NAME`` or ``firmware_host/ports/NAME`` of each
    folder of `edgebench.registry.search_path`.

    Raises
    ------
    UsageError
        If one is not there.
    """
    there = {each.name: each for each in reversed([*_all_ports()])}
    for name in card.ports:
        if name not in there:
            raise UsageError.unknown("ports", name, sorted(there), where="in the board's card")
    return [str(there[name]) for name in card.ports]


def _all_ports() -> Iterator[Path]:
    """Yield every port's folder, the first to be taken of a name first."""
    for folder in search_path():
        for ports in (folder / "ports", folder / "firmware_host" / "ports"):
            yield from sorted(each for each in ports.glob("*") if each.is_dir())


def compiler_of(card: FirmwareCard) -> str:
    """Return where a board's compiler is.

    Raises
    ------
    ToolchainMissing
        If it is not installed.
    """
    found = shutil.which(card.compiler)
    if found is None:
        packages = PACKAGES.get(card.compiler, card.compiler)
        raise ToolchainMissing(f"{card.compiler} is not installed: `sudo apt install {packages}`")
    return found


def version_of(compiler: str) -> str:
    """Return a compiler's version.

    Raises
    ------
    ToolchainMissing
        If it is too old, which else fails in odder words.
    """
    done = captured([compiler, "-dumpfullversion"], TOOL_S)
    version = done.stdout.strip()
    major = version.partition(".")[0]
    if major.isdigit() and int(major) < OLDEST_GCC:
        raise ToolchainMissing(
            f"{compiler} is version {version}; {OLDEST_GCC} or newer is needed (it tells how deep "
            "the stack gets): Debian 12's will do, or Arm's own from its site"
        )
    return version


def symbols(card: FirmwareCard) -> list[str]:
    """Return what tells the linker a board's memories."""
    values = {
        "FLASH_ORIGIN": card.flash_origin,
        "FLASH_BYTES": card.flash_bytes,
        "RAM_ORIGIN": card.ram_origin,
        "RAM_BYTES": card.ram_bytes,
    }
    return [f"-Wl,--defsym={name}={value:#x}" for name, value in values.items()]


def _explained(
    error: BuildFailed, board: BoardCard, model: Model, network: NetworkPart
) -> BuildFailed:
    """Say by how much an image is too large, where that is why the linker failed."""
    overflow = re.search(r"region `(FLASH|RAM)' overflowed by (\d+) bytes", str(error))
    if overflow is not None:
        return _too_large(board, overflow[1], int(overflow[2]), model, network.source)
    return explained(error, network.engine) if network.engine else error


def _too_large(
    board: BoardCard, memory: str, excess: int, model: Model, source: Source
) -> BuildFailed:
    """Return the error that says by how much, and which layer takes most."""
    card = firmware_of(board)
    is_flash = memory == "FLASH"
    size = card.flash_bytes if is_flash else card.ram_bytes
    by_how_much = (
        f"the image is too large for {board.name}: {excess:,} bytes more than its {size:,} of "
        f"{memory.lower()}"
    )
    if not source.layers:
        return BuildFailed(by_how_much)
    largest = max(
        source.layers, key=lambda each: each.constant_bytes if is_flash else each.alive_bytes
    )
    # Only a model of the zoo can be trained again.
    is_ours = model.card is not None and training_script(model.card) is not None
    reduced = call_text("reduce", model.name) if is_ours else ""
    smaller = f"{reduced} makes smaller ones" if reduced else "a smaller model may fit"
    tells_all = call_text("size", model.spec, board.name)
    takes = largest.constant_bytes if is_flash else largest.alive_bytes
    return BuildFailed(
        f"{by_how_much}; most, {takes:,} bytes, takes op {largest.layer.index}, "
        f"{largest.layer.op_name}; {smaller} ({tells_all} tells all layers)"
    )


def _section_sizes(compiler: str, image: Path) -> dict[str, int]:
    size_tool = compiler.removesuffix("gcc") + "size"
    done = captured([size_tool, "-A", str(image)], TOOL_S)
    if done.returncode:
        raise BuildFailed(f"{size_tool} can't read {image}: {done.stderr.strip()}")
    rows = (line.split() for line in done.stdout.splitlines())
    return {row[0]: int(row[1]) for row in rows if len(row) == 3 and row[1].isdigit()}
