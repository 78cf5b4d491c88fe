"""Write the documents of the try-out organisation: real files, made-up contents.

Run it after changing a text: `python scripts/make_demo_documents.py`. The results are committed, so
that the product needs none of these libraries.
"""

from pathlib import Path

from docx import Document
from fpdf import FPDF
from pptx import Presentation

FOLDER = Path(__file__).resolve().parent.parent / "dashboards" / "data" / "demo"


def write_handover() -> None:
    document = Document()
    document.add_heading("Overdracht datakoppelingen Zorgdata", 0)
    document.add_paragraph("Gemeente Veldam (verzonnen) · versie 2")
    for title, text in (
        (
            "De rol in het kort",
            "Ik beheer de nachtelijke koppeling tussen het zaaksysteem en het datawarehouse.",
        ),
        (
            "Lopend werk",
            "De overgang naar de nieuwe wachtlijstbron is half klaar; zie het bord, kolom Bezig.",
        ),
        (
            "Besluiten en waarom",
            "Wij lezen de bron om 02:00 uur, omdat de back-up om 01:30 uur klaar is.",
        ),
        (
            "Risico's",
            "Verloopt het certificaat van de bron, dan stopt de koppeling zonder melding.",
        ),
        (
            "Systemen",
            "Zaaksysteem, datawarehouse, planner. Rechten staan in het autorisatieoverzicht.",
        ),
        ("Mensen", "Functioneel beheer beslist over velden; de leverancier over de bron."),
        ("Ritme", "Elke maandag de controle van afgekeurde regels, elke maand de wachtlijststand."),
        (
            "De eerste week",
            "Draai de koppeling één keer met de hand, samen met een collega van Platform.",
        ),
    ):
        document.add_heading(title, 1)
        document.add_paragraph(text)
    table = document.add_table(rows=1, cols=3)
    for cell, head in zip(table.rows[0].cells, ("Koppeling", "Tijd", "Bij storing"), strict=True):
        cell.text = head
    for row in (
        ("Wachtlijsten", "02:00", "Opnieuw starten vanaf stap 3"),
        ("Adressen", "03:15", "Bel functioneel beheer"),
    ):
        for cell, value in zip(table.add_row().cells, row, strict=True):
            cell.text = value
    document.save(str(FOLDER / "overdracht-datakoppelingen.docx"))


def write_slides() -> None:
    slides = Presentation()
    for title, points in (
        (
            "Datamodel wachtlijsten",
            ["Wat staat waar", "Waarom drie tabellen", "Wat u niet moet wijzigen"],
        ),
        (
            "Drie tabellen",
            [
                "Aanmelding: één regel per aanvraag",
                "Stand: één regel per dag",
                "Uitstroom: reden en datum",
            ],
        ),
        ("Bekende valkuilen", ["Dubbele aanmeldingen in januari", "Datums zonder tijdzone"]),
    ):
        slide = slides.slides.add_slide(slides.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = "\n".join(points)
    slides.save(str(FOLDER / "datamodel-wachtlijsten.pptx"))


def write_runbook() -> None:
    page = FPDF()
    page.add_page()
    page.set_font("helvetica", "B", 18)
    page.cell(0, 12, "Werkinstructie nachtelijke koppeling", new_x="LMARGIN", new_y="NEXT")
    page.set_font("helvetica", size=12)
    for number, step in enumerate(
        (
            "Open de planner en kies de taak wachtlijsten.",
            "Kijk of de back-up van 01:30 uur geslaagd is.",
            "Start de taak vanaf stap 3 en wacht op de melding gereed.",
            "Controleer het aantal regels: het verschilt hooguit 2 procent van gisteren.",
            "Meld de storing in het logboek, met tijd en oorzaak.",
        ),
        start=1,
    ):
        page.multi_cell(0, 8, f"{number}. {step}", new_x="LMARGIN", new_y="NEXT")
    page.output(str(FOLDER / "werkinstructie-koppeling.pdf"))


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    write_handover()
    write_slides()
    write_runbook()
