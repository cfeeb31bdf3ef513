"""The engines that tessellate: IfcOpenShell with two kernels, and ifclite-geom, behind one small seam.

An *attempt* is one way to make a shape. Elements go through the attempts in order until one succeeds; the number of
the attempt in work is in the spool, so that a crash or a stall leads to the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal

import ifcopenshell.geom
import numpy as np
from numpy.typing import NDArray

from converters.ifc.budget import thin_out
from converters.ifc.direct import LargeBodies
from converters.ifc.order import MAX_TRIANGLES
from converters.ifc.planar import PlanarBodies
from converters.ifc.repeats import Repeats
from converters.ifc.selection import Selection
from converters.ifc.shapes import ShapeBook, Tessellation, UnusableShapeError
from converters.ifc.styles import MIN_ALPHA, Color, color_bytes, material_colors
from converters.ifc.textures import Painting
from converters.ifc.untyped import Element, Model

_Kernel = Literal["hybrid-cgal-simple-opencascade", "opencascade"]
HYBRID: _Kernel = "hybrid-cgal-simple-opencascade"
OPENCASCADE: _Kernel = "opencascade"

_CHUNK = 40
#: What reading a malformed body raises.
_MALFORMED = (UnusableShapeError, LookupError, RuntimeError, MemoryError, AttributeError, TypeError, ValueError)
#: An iterator keeps everything it has made; after so many elements a new one goes on, and the memory is used again.
_ITERATOR_SIZE = 500


@dataclass(slots=True)
class Job:
    """An open model, what is to be meshed of it, and how finely curves are cut up."""

    path: Path
    model: Model
    selection: Selection
    deflection_m: float
    painting: Painting | None = None
    max_triangles: int = MAX_TRIANGLES
    repeats: Repeats = field(init=False)
    large: LargeBodies = field(init=False)
    planar: PlanarBodies = field(init=False)
    material_colors: dict[int, Color] = field(init=False)

    def __post_init__(self) -> None:
        """Prepare the search for repeats, which every attempt asks."""
        self.repeats = Repeats(self.model, self.selection)
        self.large = LargeBodies(self.path, self.model, self.selection)
        self.planar = PlanarBodies(self.model, self.selection)
        self.material_colors = material_colors(self.model)

    def settings(self, *, with_openings: bool = True) -> Element:
        """Local coordinates, stated colors only, the chosen contexts whatever their type."""
        settings: Element = ifcopenshell.geom.settings()  # type: ignore[no-untyped-call]
        settings.set("use-world-coords", False)
        settings.set("weld-vertices", True)
        settings.set("apply-default-materials", False)
        settings.set("mesher-linear-deflection", self.deflection_m)
        settings.set("disable-opening-subtractions", not with_openings)
        if self.selection.contexts:
            settings.set("context-ids", sorted(self.selection.contexts))
        return settings

    def finish(
        self, step: int, matrix: NDArray[np.float64], body: Tessellation, item_ids: NDArray[np.int32]
    ) -> Tessellation:
        """A body of a product at ``matrix`` within the budget of triangles, with material colors and pictures."""
        color = self.material_colors.get(step)
        if color is not None:
            body.colors[body.colors[:, 3] == 0] = color
        thin = thin_out(body, self.max_triangles)
        return thin if self.painting is None else self.painting.apply(step, matrix, thin, item_ids)

    def unpainted(self, steps: tuple[int, ...]) -> tuple[int, ...]:
        """Products without pictures: of two equal bodies one may be painted otherwise."""
        return steps if self.painting is None else tuple(step for step in steps if step not in self.painting.placed)


Failures = dict[int, str]
#: Puts the shapes of the given elements into the book and returns why others have none.
Run = Callable[[Job, tuple[int, ...], ShapeBook], Failures]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One way to make shapes; ``size`` elements are in work at a time (0: all)."""

    size: int
    run: Run
    next_after_failure: int


def _iterate(kernel: _Kernel, engine: int) -> Run:
    """IfcOpenShell's iterator over one of all products that are the same body at different places."""

    def run(job: Job, steps: tuple[int, ...], book: ShapeBook) -> Failures:
        large = _read_directly(job, job.large, dict.fromkeys(steps, ()), book, engine=4)
        steps = tuple(step for step in steps if step not in large)
        repeats = job.repeats.among(job.unpainted(steps))
        following = {step for some in repeats.values() for step, _ in some}
        groups = {step: repeats.get(step, ()) for step in steps if step not in following}
        planar = _read_directly(job, job.planar, groups, book, engine=5)
        leaders = [step for step in groups if step not in planar]
        missing = dict.fromkeys((step for step in steps if step not in planar), "no shape could be made")
        for at in range(0, len(leaders), _ITERATOR_SIZE):
            for element in _elements(job, leaders[at : at + _ITERATOR_SIZE], kernel):
                step = int(element.id)
                if step not in missing:
                    continue
                for follower, to_place in ((step, None), *groups[step]):
                    try:
                        put_element(book, element, follower, job, engine=engine, to_place=to_place)
                        del missing[follower]
                    except UnusableShapeError as error:
                        missing[follower] = str(error)
        return missing

    return run


def _read_directly(
    job: Job,
    bodies: LargeBodies | PlanarBodies,
    groups: Mapping[int, Sequence[tuple[int, NDArray[np.float64]]]],
    book: ShapeBook,
    *,
    engine: int,
) -> set[int]:
    """Settle products whose bodies are read as the file has them, each with those that repeat it.

    What is malformed or not of the kind is left to the kernel.
    """
    settled = set()
    for leader, followers in groups.items():
        try:
            if leader not in bodies:
                continue
            key, matrix, body, item_ids = bodies.read(leader)
            for step, place in ((leader, matrix), *((step, to_place @ matrix) for step, to_place in followers)):
                named = f"{key}-{job.material_colors.get(step, '')}"
                book.put(step, named, place, partial(job.finish, step, place, body, item_ids), engine=engine)
                settled.add(step)
        except _MALFORMED:
            continue
    return settled


def _elements(job: Job, steps: list[int], kernel: _Kernel) -> Iterator[Element]:
    products = [job.model.by_id(step) for step in steps]
    iterator: Element = ifcopenshell.geom.iterator(
        job.settings(), job.model, 1, include=products, geometry_library=kernel
    )
    if not iterator.initialize():
        return
    while True:
        yield iterator.get()
        if not iterator.next():
            return


def _single(kernel: _Kernel, engine: int, *, with_openings: bool = True) -> Run:
    """``create_shape`` for one element."""

    def run(job: Job, steps: tuple[int, ...], book: ShapeBook) -> Failures:
        failures: Failures = {}
        settings = job.settings(with_openings=with_openings)
        for step in steps:
            try:
                element = ifcopenshell.geom.create_shape(settings, job.model.by_id(step), geometry_library=kernel)
                put_element(book, element, step, job, engine=engine, is_uncut=not with_openings)
            except UnusableShapeError as error:
                failures[step] = str(error)
            except (RuntimeError, MemoryError) as error:
                failures[step] = _cause(str(error))
        return failures

    return run


def _lite(job: Job, steps: tuple[int, ...], book: ShapeBook) -> Failures:
    """ifclite-geom: one color an element, all elements in one pass over the file."""
    try:
        import ifclite_geom
    except ImportError:
        return dict.fromkeys(steps, "the second engine is not installed")
    try:
        found = ifclite_geom.geometry_data_buffers(job.path.read_bytes(), ids=set(steps))["elements"]
    except (RuntimeError, ValueError) as error:
        return dict.fromkeys(steps, _cause(str(error)))
    failures: Failures = {}
    for step in steps:
        if step not in found:
            failures[step] = "no engine made a shape of it"
            continue
        try:
            book.put(step, f"lite-{step}", np.eye(4), partial(lite_body, found[step], job.max_triangles), engine=2)
        except UnusableShapeError as error:
            failures[step] = str(error)
    return failures


def lite_body(found: Element, max_triangles: int = MAX_TRIANGLES) -> Tessellation:
    """The triangles ifclite-geom gives for an element, in the frame of the model."""
    positions = np.frombuffer(found["vertices"], "<f8").reshape(-1, 3)
    triangles = np.frombuffer(found["faces"], "<u4").reshape(-1, 3)
    color = np.clip(np.array(found["color"]) * 255.0 + 0.5, 0, 255).astype(np.uint8)
    return thin_out(Tessellation(positions, triangles, np.tile(color, (len(triangles), 1))), max_triangles)


#: In order. A crash leads to the next one, a failure to ``next_after_failure``.
ATTEMPTS = (
    Attempt(0, _iterate(HYBRID, 0), 3),
    Attempt(_CHUNK, _iterate(HYBRID, 0), 3),
    Attempt(1, _single(HYBRID, 0), 3),
    Attempt(_CHUNK, _iterate(OPENCASCADE, 1), 5),
    Attempt(1, _single(OPENCASCADE, 1), 5),
    Attempt(0, _lite, 6),
    Attempt(1, _single(HYBRID, 3, with_openings=False), 7),
    Attempt(1, _single(OPENCASCADE, 3, with_openings=False), 8),
)


def put_element(
    book: ShapeBook,
    element: Element,
    step: int,
    job: Job,
    *,
    engine: int = 0,
    is_uncut: bool = False,
    to_place: NDArray[np.float64] | None = None,
) -> None:
    """Hand over one element of IfcOpenShell, or one like it that stands elsewhere. Raises UnusableShapeError."""
    matrix: NDArray[np.float64] = np.frombuffer(element.transformation_buffer, np.float64).reshape(4, 4).T
    if to_place is not None:
        matrix = to_place @ matrix
    geometry = element.geometry
    key = f"{engine}-{geometry.id}-{job.material_colors.get(step, '')}"

    def tessellate() -> Tessellation:
        return job.finish(step, matrix, _tessellation(geometry), np.frombuffer(geometry.item_ids_buffer, np.int32))

    book.put(step, key, matrix, tessellate, engine=engine, is_uncut=is_uncut)


def _tessellation(geometry: Element) -> Tessellation:
    positions = np.frombuffer(geometry.verts_buffer, np.float64).reshape(-1, 3)
    triangles = np.frombuffer(geometry.faces_buffer, np.int32).reshape(-1, 3).astype(np.uint32)
    return Tessellation(positions, triangles, _triangle_colors(geometry, len(triangles)))


def _triangle_colors(geometry: Element, count: int) -> NDArray[np.uint8]:
    palette = np.frombuffer(geometry.colors_buffer, np.float64).reshape(-1, 4)
    material = np.frombuffer(geometry.material_ids_buffer, np.int32)
    colors = np.zeros((count, 4), np.uint8)
    if len(palette) and len(material) == count:
        table = color_bytes(palette)
        table[:, 3] = np.maximum(table[:, 3], MIN_ALPHA)
        is_styled = (material >= 0) & (material < len(table))
        colors[is_styled] = table[material[is_styled]]
    return colors


def _cause(error: str) -> str:
    return error.split(". Product:")[0].splitlines()[0] if error else "no shape could be made"
