"""Names and texts that nobody takes for real ones, and that differ enough to be searched."""

from typing import Final

from dashboards.management.scale.dice import Dice

FIRST_NAMES: Final = (  # noqa: SIM905 - a list of one line each otherwise
    "Ayşe|Bram|Çağla|Daan|Ewa|Fatima|Gijs|Hanneke|İbrahim|Joris|Karin|Łukasz|Mehmet|Noor|Özgür|"
    "Pieter|Quirine|Ruud|Šime|Truus|Uğur|Vera|Willemijn|Xandra|Youssef|Željko|Amber|Boudewijn|"
    "Chantal|Dirk|Esra|Femke|Geert|Hatice|Irene|Jamal|Koen|Leyla|Marloes|Niek|Oda|Puck"
).split("|")
LAST_NAMES: Final = (  # noqa: SIM905 - a list of one line each otherwise
    "Aydın|Bakker|Çelik|de Boer|El Idrissi|van Dijk|Gerritsen|Hoekstra|Išić|Jansen|Kowalczyk|"
    "van Leeuwen|Mulder|Nowak|Öztürk|Peters|Quispel|Roşca|Smit|ter Haar|Uluç|Visser|Wiśniewska|"
    "Yılmaz|Zijlstra|van den Berg|Dekker|Postma|Šarić|Vermeulen|Aksoy|Brouwer|Demir|Evers|"
    "Faber|de Groot|Huisman|Jacobs|Kaya|Lammers|Meijer|van Nierop|Okafor|Prins|Schouten|Timmer"
).split("|")
THINGS: Final = (  # noqa: SIM905 - a list of one line each otherwise
    "koppeling|beheer|dossier|aanvraag|subsidie|rooster|archief|melding|vergunning|levering|"
    "storing|inrichting|rapport|formulier|register|beleid|toets|contract|factuur|bestand|"
    "rechten|release|kaart|planning|besluit|overleg|sjabloon|export|wachtwoord|hersteltijd|"
    "leverancier|gegevens|zaaksysteem|burgerzaken|inkoop|uitkering|belasting|verhuizing|"
    "wijziging|afspraak|datawarehouse|wachtlijst|declaratie|migratie|testset|certificaat|"
    "netwerk|werkplek|telefonie"
).split("|")
ROLES: Final = (  # noqa: SIM905 - a list of one line each otherwise
    "Data-engineer|Projectleider|Functioneel beheerder|Interim-controller|Business-analist|"
    "Testcoördinator|Informatiearchitect|Scrummaster|Jurist bestuursrecht|Adviseur inkoop|"
    "Ontwikkelaar|Procesbegeleider|Informatiebeveiliger|Planner|Beleidsadviseur"
).split("|")
PARTS: Final = (  # noqa: SIM905 - a list of one line each otherwise
    "Zorgdata|Burgerzaken|Inkoop|Financiën|Werkplek|Vergunningen|Sociaal domein|Belastingen|"
    "Archief|Openbare ruimte|Communicatie|Personeel|Veiligheid|Wonen|Onderwijs|Vastgoed"
).split("|")


def person(dice: Dice) -> str:
    """Return a full name."""
    return f"{dice.choice(FIRST_NAMES)} {dice.choice(LAST_NAMES)}"


def some(dice: Dice, count: int) -> str:
    """Return some words in a row."""
    return " ".join(dice.choices(THINGS, k=count))


def sentence(dice: Dice, count: int) -> str:
    """Return some words as a sentence."""
    return f"{some(dice, count).capitalize()}."
