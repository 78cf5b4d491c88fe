"""Translations work without gettext's tools, and are compiled only when they changed."""

import gettext
import os
from pathlib import Path

from config.translations import compile_outdated

HEADER = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n'


def catalogue(folder: Path, *entries: str) -> Path:
    path = folder / "nl" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([HEADER, *entries]))
    return path


def test_a_catalogue_is_compiled_and_read(tmp_path):
    catalogue(tmp_path, 'msgid "handover"\nmsgstr "overdracht"\n')

    assert compile_outdated(tmp_path) == 1

    assert gettext.translation("django", tmp_path, ["nl"]).gettext("handover") == "overdracht"


def test_an_unchanged_catalogue_is_left_alone(tmp_path):
    catalogue(tmp_path, 'msgid "handover"\nmsgstr "overdracht"\n')
    compile_outdated(tmp_path)

    assert compile_outdated(tmp_path) == 0


def test_a_changed_catalogue_is_compiled_again(tmp_path):
    path = catalogue(tmp_path, 'msgid "handover"\nmsgstr "overdracht"\n')
    compile_outdated(tmp_path)
    path.write_text(path.read_text().replace("overdracht", "kennisoverdracht"))
    later = path.with_suffix(".mo").stat().st_mtime_ns + 1_000_000
    os.utime(path, ns=(later, later))

    assert compile_outdated(tmp_path) == 1

    assert gettext.translation("django", tmp_path, ["nl"]).gettext("handover") == "kennisoverdracht"


def test_a_doubtful_translation_is_not_shown(tmp_path):
    catalogue(tmp_path, '#, fuzzy\nmsgid "handover"\nmsgstr "overname"\n')

    compile_outdated(tmp_path)

    assert gettext.translation("django", tmp_path, ["nl"]).gettext("handover") == "handover"
