"""Plots of the load report. On a light card with dark ink, so that they read the same on a light and a dark page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.load_figures import FLAT_AFTER_SEC, MEMORY_MB, P99_MS, PROMISED_SIZE, Run, seconds_of
from benchmarks.load_run import BUCKET_SEC, JOBS, NEVER_ASKED, SAME, VARYING
from benchmarks.scoring_cycle import LIMITS_SEC

_STYLE: Final = {
    "figure.facecolor": "#ffffff", "axes.facecolor": "#ffffff", "savefig.facecolor": "#ffffff",
    "text.color": "#1f2328", "axes.labelcolor": "#1f2328", "axes.edgecolor": "#8c959f", "xtick.color": "#1f2328",
    "ytick.color": "#1f2328", "grid.color": "#d8dee4", "axes.grid": True, "axes.axisbelow": True,
    "axes.spines.top": False, "axes.spines.right": False, "font.size": 10, "axes.titlesize": 11,
    "axes.titlelocation": "left", "legend.frameon": False, "lines.linewidth": 1.6,
}  # fmt: skip
# Okabe and Ito's colours, which people with any colour vision can tell apart.
_INK: Final = {
    "run": "#0072B2", "ingest": "#0072B2", "score": "#D55E00", "api": "#009E73", "postgres": "#CC79A7",
    "discovery_full": "#56B4E9", "discovery_window": "#999999", "rules": "#CC79A7", "quotes": "#009E73",
}  # fmt: skip
_LIMIT_INK: Final = "#b42318"
_WIDE: Final = (9.0, 3.4)
_BESIDE: Final[Mapping[str, Any]] = {"fontsize": 8, "loc": "upper left", "bbox_to_anchor": (1.0, 1.0)}
_DPI: Final = 110


@dataclass(frozen=True, slots=True)
class Picture:
    """A plot in the report's folder, with what it shows in words."""

    file: str
    alt: str


def draw(figures: Mapping[str, Any], folder: Path) -> dict[str, Picture]:
    """Draw what the figures hold; a plot without anything to show is left out."""
    found: dict[str, Picture] = {}
    plots: tuple[tuple[str, Callable[[Sequence[Run]], tuple[Figure, str] | None]], ...] = (
        ("cycles", _cycles), ("memory", _memory), ("latency", _latency), ("distribution", _distribution),
        ("stalls", _stalls),
    )  # fmt: skip
    with mpl.rc_context(_STYLE):
        for name, plot in plots:
            drawn = plot(figures["runs"])
            if drawn is not None:
                figure, alt = drawn
                figure.savefig(folder / f"{name}.png", dpi=_DPI, metadata={"Software": None})
                found[name] = Picture(f"load/{name}.png", alt)
    return found


def _of_most_interest(runs: Sequence[Run]) -> list[Run]:
    """The runs of the promised size; without any, those of the largest."""
    sizes = {run["size"] for run in runs}
    if not sizes:
        return []
    size = PROMISED_SIZE if PROMISED_SIZE in sizes else max(sizes)
    return [run for run in runs if run["size"] == size]


def _panels(runs: Sequence[Run], height: float = _WIDE[1]) -> tuple[Figure, list[tuple[Run, Axes]]]:
    figure = Figure(figsize=(_WIDE[0], height * len(runs)), layout="constrained")
    axes = figure.subplots(len(runs), 1, squeeze=False)[:, 0]
    return figure, list(zip(runs, axes, strict=True))


def _title(run: Run) -> str:
    return f"{run['size']:,} markets, {run['database']}"


def _cycles(runs: Sequence[Run]) -> tuple[Figure, str] | None:
    kinds = sorted({run["database"] for run in runs}, key=lambda kind: kind != "sqlite")
    if not kinds:
        return None
    figure = Figure(figsize=(_WIDE[0], 4.2), layout="constrained")
    axes = figure.subplots(1, len(kinds), squeeze=False, sharey=True)[0]
    for kind, ax in zip(kinds, axes, strict=True):
        some = [run for run in runs if run["database"] == kind]
        for job in JOBS:
            points = [(run["size"], found) for run in some if (found := seconds_of(run, job))]
            if points:
                sizes = [size for size, _ in points]
                middle = [max(median(found), 1e-3) for _, found in points]
                worst = [max(found) for _, found in points]
                ink = _INK[job]
                ax.plot(sizes, middle, marker="o", color=ink, label=job)
                ax.vlines(sizes, middle, worst, color=ink, linewidth=1)
        limits = sorted((size, sec) for (database, size), sec in LIMITS_SEC.items() if database == kind)
        ax.scatter(*zip(*limits, strict=True), marker="_", s=260, color=_LIMIT_INK, label="limit of scoring", zorder=3)
        ax.set(xscale="log", yscale="log", xlabel="markets of the venue", title=kind)
        ticks = sorted({run["size"] for run in runs})
        ax.set_xticks(ticks, [f"{size // 1_000}k" if size >= 1_000 else str(size) for size in ticks])
        ax.minorticks_off()
    axes[0].set_ylabel("seconds: median, line up to the longest")
    axes[-1].legend(**_BESIDE)
    return figure, "Seconds of a cycle of each job by number of markets, median and longest, one panel per database"


def _memory(runs: Sequence[Run]) -> tuple[Figure, str] | None:
    some = _of_most_interest(runs)
    if not some:
        return None
    figure, panels = _panels(some)
    for run, ax in panels:
        for name, points in run["memory"].items():
            if not name.startswith("simulator"):
                ax.plot([at / 60 for at, _ in points], [mb for _, mb in points], label=name, color=_INK[name])
        ax.axvline(run["marks"]["filled"] / 60, color="#8c959f", linestyle=":", label="all walked and judged")
        if run["seconds"] >= FLAT_AFTER_SEC:
            ax.axhline(MEMORY_MB, color=_LIMIT_INK, linestyle="--", linewidth=1, label="limit of a process")
        ax.set(ylabel="MB", title=_title(run), xlim=(0, None), ylim=(0, None))
        ax.legend(**_BESIDE)
    panels[-1][1].set_xlabel("minutes since the start")
    return figure, f"Memory of every process over time, {_sizes(some)}"


def _latency(runs: Sequence[Run]) -> tuple[Figure, str] | None:
    some = _of_most_interest(runs)
    if not some:
        return None
    figure, panels = _panels(some)
    for run, ax in panels:
        for name, ink in ((SAME, "#0072B2"), (VARYING, "#D55E00"), (NEVER_ASKED, "#CC79A7")):
            series = run["requests"].get(name, {"series": []})["series"]
            if series:
                at = [(point[0] + BUCKET_SEC / 2) / 60 for point in series]
                ax.plot(at, [max(point[2], 0.1) for point in series], color=ink, label=f"{name}, p99")
                ax.plot(at, [max(point[1], 0.1) for point in series], color=ink, linewidth=0.8, alpha=0.6)
        ax.axhline(P99_MS, color=_LIMIT_INK, linestyle="--", linewidth=1, label="limit of p99")
        for row, job in enumerate(("score", "discovery_full")):
            spans = [(cycle["at"] / 60, max(cycle["sec"], 0.2) / 60) for cycle in run["cycles"][job]]
            ax.broken_barh(spans, (0.012 + 0.035 * row, 0.025), color=_INK[job], label=f"{job}",
                           transform=ax.get_xaxis_transform())  # fmt: skip
        ax.set(yscale="log", ylabel="ms (thin: p50)", title=_title(run), xlim=(0, None))
        ax.legend(**_BESIDE)
    panels[-1][1].set_xlabel("minutes since the start")
    return figure, f"Latency of the API in every five seconds, with the cycles that ran meanwhile, {_sizes(some)}"


def _distribution(runs: Sequence[Run]) -> tuple[Figure, str] | None:
    lines = list(_percentile_lines(runs))
    if not lines:
        return None
    kinds = sorted({run["database"] for run, *_ in lines}, key=lambda kind: kind != "sqlite")
    figure = Figure(figsize=(_WIDE[0], 3.8), layout="constrained")
    axes = dict(zip(kinds, figure.subplots(1, len(kinds), squeeze=False, sharey=True)[0], strict=True))
    shades = ("#9ecae1", "#4292c6", "#08519c", "#08306b")
    warm = ("#fdbe85", "#fd8d3c", "#d94701", "#7f2704")
    sizes = sorted({run["size"] for run, *_ in lines})
    for run, name, shares, ms in lines:
        ink = (shades if name == SAME else warm)[sizes.index(run["size"]) % len(shades)]
        # A percentile at one over what lies above it: 99 % stands as far from 90 % as 99.9 % from 99 %.
        axes[run["database"]].plot([1 / (1 - share) for share in shares], ms, marker=".", color=ink,
                                   label=f"{name}, {run['size']:,}")  # fmt: skip
    for kind, ax in axes.items():
        ax.axhline(P99_MS, color=_LIMIT_INK, linestyle="--", linewidth=1)
        ax.set(xscale="log", yscale="log", title=f"{kind}, steady phase", xlabel="percentile")
        ax.set_xticks([2, 10, 100, 1_000], ["50", "90", "99", "99.9"])
        ax.minorticks_off()
    axes[kinds[0]].set_ylabel("ms")
    axes[kinds[-1]].legend(**_BESIDE)
    return figure, "Percentiles of the API's latency by number of markets and kind of question, one panel per database"


def _percentile_lines(runs: Sequence[Run]) -> Iterator[tuple[Run, str, list[float], list[float]]]:
    for run in runs:
        for name in (SAME, VARYING):
            found = run["requests"].get(name, {"phases": {}})["phases"].get("steady")
            if found:
                pairs = sorted((float(share), ms) for share, ms in found["ms"].items() if float(share) < 1)
                yield run, name, [share for share, _ in pairs], [ms for _, ms in pairs]


def _stalls(runs: Sequence[Run]) -> tuple[Figure, str] | None:
    some = _of_most_interest(runs)
    if not some:
        return None
    figure, panels = _panels(some, 2.8)
    for run, ax in panels:
        for name, found in run["stalls"].items():
            ax.plot([at / 60 for at, _ in found["series"]], [ms for _, ms in found["series"]], color=_INK[name],
                    label=name, linewidth=1)  # fmt: skip
        ax.axvline(run["marks"]["filled"] / 60, color="#8c959f", linestyle=":", label="all walked and judged")
        ax.set(ylabel="ms", title=_title(run), xlim=(0, None), ylim=(0, None))
        ax.legend(**_BESIDE)
    panels[-1][1].set_xlabel("minutes since the start")
    return figure, f"Worst stall of the event loop of every process in every five seconds, {_sizes(some)}"


def _sizes(runs: Sequence[Run]) -> str:
    return f"{runs[0]['size']:,} markets"
