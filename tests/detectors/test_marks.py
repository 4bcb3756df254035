"""What a file says of its own making is reported where it stands, bounded, and never invented."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from detectors.errors import DetectorError
from detectors.marks import LONGEST_VALUE, Mark, marks_of
from detectors.values import Picture

Save = Callable[[Path, Picture], Path]

XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
    'xmlns:xmp="http://ns.adobe.com/xap/1.0/" {attributes}/></rdf:RDF></x:xmpmeta>'
)
GENERATED = XMP.format(
    attributes='Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"'
)
STILL = Image.new("RGB", (16, 12), (90, 80, 70))
PARAMETERS = "a portrait of an astronaut\nNegative prompt: blurry\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1"


def png_with(path: Path, **texts: str) -> Path:
    """Write a PNG with text chunks."""
    info = PngInfo()
    for key, text in texts.items():
        info.add_text(key, text)
    STILL.save(path, pnginfo=info)
    return path


def film_with(path: Path, **tags: str) -> Path:
    """Write one grey frame with container tags."""
    options = {"movflags": "use_metadata_tags"} if path.suffix in (".mp4", ".mov") else {}
    with av.open(str(path), "w", options=options) as out:
        out.metadata.update(tags)
        stream: Any = out.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        out.mux(stream.encode(av.VideoFrame.from_ndarray(np.full((32, 32, 3), 90, np.uint8), format="bgr24")))
        out.mux(stream.encode())
    return path


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
def test_a_declared_source_type_is_read_from_xmp(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"declared{suffix}"
    if suffix == ".png":
        info = PngInfo()
        info.add_itxt("XML:com.adobe.xmp", GENERATED)
        STILL.save(path, pnginfo=info)
    elif suffix == ".tif":
        STILL.save(path, tiffinfo={700: GENERATED.encode()})
    else:
        STILL.save(path, xmp=GENERATED.encode())
    (mark,) = marks_of(path)
    assert (mark.kind, mark.where, mark.value) == ("source type", "XMP", "trainedAlgorithmicMedia")
    assert mark.says == "the file declares that a trained model generated it"


def test_a_source_type_in_the_xmp_of_a_film_is_read(tmp_path: Path) -> None:
    path = film_with(tmp_path / "film.mp4")
    box = bytes.fromhex("be7acfcb97a942e89c71999491e3afac") + GENERATED.encode()  # XMP Part 3, 1.1.5: its uuid box
    path.write_bytes(path.read_bytes() + (len(box) + 8).to_bytes(4, "big") + b"uuid" + box)
    assert [(mark.where, mark.value) for mark in marks_of(path)] == [("XMP", "trainedAlgorithmicMedia")]


def test_an_unknown_source_type_is_given_as_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "new.jpg"
    STILL.save(path, xmp=GENERATED.replace("trainedAlgorithmicMedia", "somethingNewer").encode())
    (mark,) = marks_of(path)
    assert (mark.value, mark.says) == ("somethingNewer", "the file declares a source type that is not known here")


@pytest.mark.parametrize(
    ("key", "text", "who"),
    [("parameters", PARAMETERS, "Stable Diffusion"), ("prompt", '{"3": {"class_type": "KSampler"}}', "ComfyUI"),
     ("workflow", '{"nodes": []}', "ComfyUI"), ("invokeai_metadata", "{}", "InvokeAI"),
     ("Description", "a portrait --v 6 Job ID: 1f0c", "Midjourney"), ("Comment", '{"sampler": "k_euler"}', "NovelAI")],
)  # fmt: skip
def test_text_chunks_of_generators_are_records(tmp_path: Path, key: str, text: str, who: str) -> None:
    (mark,) = marks_of(png_with(tmp_path / "made.png", **{key: text}))
    assert (mark.kind, mark.where) == ("generation record", f"PNG text: {key}")
    assert who in mark.says


def test_programs_named_in_exif_text_and_xmp_are_marks(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0131] = "Adobe Firefly 3.0"
    path = tmp_path / "exif.jpg"
    STILL.save(path, exif=exif)
    says = "the file names Adobe Firefly as a program that made it"
    assert marks_of(path) == (Mark("software", "EXIF: Software", "Adobe Firefly 3.0", says),)
    (named,) = marks_of(png_with(tmp_path / "named.png", Software="NovelAI"))
    assert (named.kind, named.where, named.value) == ("software", "PNG text: Software", "NovelAI")
    STILL.save(tmp_path / "tool.jpg", xmp=XMP.format(attributes='xmp:CreatorTool="Midjourney 6"').encode())
    assert [(mark.kind, mark.value) for mark in marks_of(tmp_path / "tool.jpg")] == [("software", "Midjourney 6")]


def test_parameters_in_the_user_comment_of_a_photograph_are_a_record(tmp_path: Path) -> None:
    for order in ("utf-16-be", "utf-16-le"):
        exif = Image.Exif()
        exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + PARAMETERS.encode(order)
        path = tmp_path / f"{order}.jpg"
        STILL.save(path, exif=exif)
        (mark,) = marks_of(path)
        assert (mark.kind, mark.where) == ("generation record", "EXIF: UserComment")


def test_tags_of_film_containers_are_marks(tmp_path: Path) -> None:
    path = film_with(tmp_path / "graph.mp4", comment='{"prompt": "{}", "workflow": "{}"}')
    assert [mark.kind for mark in marks_of(path)] == ["generation record"]
    (mark,) = marks_of(film_with(tmp_path / "said.mkv", comment="Generated with Runway Gen-3"))
    assert (mark.kind, mark.value) == ("software", "Generated with Runway Gen-3")
    assert mark.where.startswith("Matroska tag: ")


def test_credits_are_marks(tmp_path: Path) -> None:
    path = tmp_path / "credit.jpg"
    STILL.save(path, xmp=XMP.format(attributes='photoshop:Credit="Made with Google AI"').encode())
    assert [(mark.kind, mark.value) for mark in marks_of(path)] == [("credit", "Made with Google AI")]


def test_names_that_are_also_words_are_no_marks_in_free_text(tmp_path: Path) -> None:
    path = film_with(tmp_path / "fashion.mp4", comment="Models on the runway, music by Sora", title="Synthesia")
    assert marks_of(path) == ()


def test_files_that_say_nothing_have_no_marks(tmp_path: Path, save: Save, story: Path, faceless: Picture) -> None:
    assert marks_of(story) == ()
    assert marks_of(save(tmp_path / "plain.png", faceless[:40, :40])) == ()


def test_values_are_bounded_and_printable(tmp_path: Path) -> None:
    text = "Steps: \x1b[2J\u202e" + "x" * 5000
    (mark,) = marks_of(png_with(tmp_path / "long.png", parameters=text))
    assert len(mark.value) == LONGEST_VALUE
    assert mark.value.isprintable()


def test_a_picture_that_breaks_off_still_gives_the_marks_before(tmp_path: Path) -> None:
    path = png_with(tmp_path / "whole.png", parameters=PARAMETERS)
    path.write_bytes(path.read_bytes()[:-30])
    assert [mark.kind for mark in marks_of(path)] == ["generation record"]


def test_text_after_the_pixels_counts_too(tmp_path: Path) -> None:
    content = png_with(tmp_path / "before.png", workflow="{}").read_bytes()
    start = content.index(b"tEXt") - 4
    end = start + 12 + int.from_bytes(content[start : start + 4], "big")
    last = content.index(b"IEND") - 4
    path = tmp_path / "after.png"
    path.write_bytes(content[:start] + content[end:last] + content[start:end] + content[last:])
    assert [mark.where for mark in marks_of(path)] == ["PNG text: workflow"]


@given(
    edits=st.lists(st.tuples(st.integers(0, 1 << 12), st.integers(0, 255)), max_size=8),
    kept=st.floats(0.0, 1.0) | st.just(1.0),
    form=st.sampled_from(["png", "jpg", "mp4"]),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_give_marks_or_our_error(
    tmp_path: Path, originals: dict[str, bytes], edits: list[tuple[int, int]], kept: float, form: str
) -> None:
    content = bytearray(originals[form])
    for at, value in edits:
        content[at % len(content)] = value
    path = tmp_path / "changed"
    path.write_bytes(content[: round(kept * len(content))])
    try:
        marks = marks_of(path)
    except DetectorError:
        return
    assert all(len(mark.value) <= LONGEST_VALUE and mark.value.isprintable() for mark in marks)


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Three marked files, by suffix."""
    folder = tmp_path_factory.mktemp("marked")
    STILL.save(folder / "a.jpg", xmp=GENERATED.encode())
    return {
        "jpg": (folder / "a.jpg").read_bytes(),
        "png": png_with(folder / "a.png", parameters=PARAMETERS).read_bytes(),
        "mp4": film_with(folder / "a.mp4", comment='{"prompt": "{}"}').read_bytes(),
    }
