"""Columns that are no measurements: ids, folds, dates and files, guessed by name and values."""

import re
import unicodedata

import numpy as np
import pandas as pd

from core.matching.folds import holds_folds
from core.matching.names import split_of

SAMPLE = 1000  # cells that are looked at first
FEWEST = 20  # cases from which a pattern without a telling name is no chance
_MOST_SHARED = 50  # values of a column of ids that may be a category
_NEARLY_DIFFERENT = 0.9  # of the texts
_NEARLY_ALL = 0.95  # of the cells, where a few may be written in another way

_ID = frozenset(
    "id ids uid uuid guid pid mrn identifier accession hash md5 sha1 sha256 barcode pseudonym "
    "kennung aktenzeichen identifiant identificador identificativo identyfikator expediente "
    "matricola matricule prontuario dossier folio pesel cpr iid".split()
)
# These say "id" only where all words do: "number of lesions" is a count.
_NUMBER = frozenset(
    "no nr nb num nro number nummer numero numer index idx indice kod code codigo codice key "
    "schluessel seq sequence".split()
)
_THING = frozenset(
    "patient pat case study subject subj sample image img picture photo record exam examination "
    "row line participant person specimen slide scan visit item object entry series instance "
    "unnamed chart admission order request report hospital encounter episode registry registration "
    "medical file lab lfd laufende fall untersuchung zeile bild probe proband probanden patienten "
    "patientin befund auftrag akte patiente cas ligne examen echantillon caso muestra fila imagen "
    "paciente amostra exame historia clinica riga esame campione paziente rij pacjent prov".split()
)
_SMALL = frozenset("n s de du del della di der des van d".split())
_GLUED = re.compile(
    r"(?:patient(?:en)?|pat|case|study|subject|sample|image|record|row|exam|specimen|slide|"
    r"series|instance|participant|fall|bild|proben?|untersuchungs?|auftrags?|akten?|kranken|"
    r"versicherten|personen?|volg|lauf|sop|dossier)"
    r"(?:s?id|uid|no|nr|num|number|nummer|idx|index|code|instanceuid)|[a-z]{3,}(?:nummer|nr)"
)
_DATE = frozenset(
    "date dates datum datetime timestamp dob fecha zeitpunkt geburtsdatum birthdate birthday "
    "created updated acquired".split()
)
IMAGE = frozenset(
    "image images img imgs file files filename filenames filepath path paths url urls uri photo "
    "picture pic scan slide bild bilder datei dateiname pfad fichier chemin imagen archivo ruta "
    "immagine percorso foto afbeelding bestand link src".split()
)

_YEAR, _MONTH, _DAY = r"(?:19|20)\d\d", r"(?:0?[1-9]|1[0-2])", r"(?:0?[1-9]|[12]\d|3[01])"
_CLOCK = r"(?:[T ,]+\d{1,2}[:.h]\d\d.*)?"
_SEP = r" ?[-/.] ?"
_MONTH_NAME = (
    r"(?:jan|gen|ene|feb|f[eé]v|mar|m[aä]r|apr|avr|abr|ma[yijg]|mei|jui?n|jui?l|giu|lug|aug|ao[uû]|"
    r"ago|sep|set|o[ck]t|ott|out|nov|d[eé][cz]|dic)[^\W\d]*\.?"
)
_A_DATE = re.compile(
    rf"{_YEAR}(?:{_SEP}{_MONTH}{_SEP}{_DAY}|[-/]{_MONTH})\.?{_CLOCK}"
    rf"|{_DAY}{_SEP}{_MONTH}{_SEP}(?:{_YEAR}|\d\d){_CLOCK}"
    rf"|{_MONTH}{_SEP}{_DAY}{_SEP}(?:{_YEAR}|\d\d){_CLOCK}"
    rf"|{_DAY}\.?[- ]{_MONTH_NAME}[-, ]+(?:{_YEAR}|\d\d){_CLOCK}"
    rf"|{_MONTH_NAME} {_DAY}(?:st|nd|rd|th)?,? {_YEAR}{_CLOCK}",
    re.IGNORECASE,
)
_DAY_NUMBER = re.compile(rf"{_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_WHOLE = re.compile(r"[+-]?\d{1,18}(?:\.0*)?")

_IMAGE_ENDS = r"png|jpe?g|bmp|gif|tiff?|webp|dcm|dicom|jp2|svs|ndpi|mrxs|nii(?:\.gz)?|mha|nrrd"
_OTHER_ENDS = (
    r"csv|tsv|txt|json|xml|pdf|docx?|xlsx?|zip|gz|tar|npy|npz|h5|hdf5|mat|edf|hea|wav|mp3|mp4|avi|"
    r"mov|pkl|parquet|html?"
)
AN_IMAGE = re.compile(rf".*\.(?:{_IMAGE_ENDS})(?:\?.*)?", re.IGNORECASE)
_A_FILE = re.compile(
    rf".*[^\W\d_].*\.(?:{_OTHER_ENDS})|.*\.(?:{_IMAGE_ENDS})(?:\?.*)?"
    r"|[a-z][a-z0-9+.-]{1,9}://\S+|www\.\S+|(?:[A-Za-z]:)?[\\/](?:[^\\/]+[\\/])+[^\\/]*"
    r"|\.{1,2}[\\/].+",
    re.IGNORECASE,
)


def words_of(name: str) -> list[str]:
    """A column's name in lower-case words without accents: "Patient-ID2" → patient, id, 2."""
    plain = unicodedata.normalize("NFKD", name.replace("ß", "ss"))
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    plain = re.sub(r"([a-z])([A-Z])|([A-Z])(?=[A-Z][a-z])", r"\1\3 \2", plain)
    return re.findall(r"[a-z]+|\d+|#", plain.lower())


def says_id(name: str) -> bool:
    """Whether a column's name says plainly that it holds ids."""
    words = words_of(name)
    return bool(_ID & set(words)) or any(_GLUED.fullmatch(w) for w in words)


def names_id(name: str) -> bool:
    """Whether a column's name suggests that it holds ids or numbers of rows."""
    words = [w for w in words_of(name) if not w.isdigit()]
    if not words:
        return not name.strip()
    if "#" in words or says_id(name):
        return True
    # An index is also a measurement (mitotic index), so what it counts has to be said.
    said = [w for w in words if w not in _SMALL]
    return bool(said) and all(w in _THING or w in _NUMBER for w in said)


def kind_of(name: str, cells: np.ndarray, *, number: bool) -> str:
    """Why a column is no feature, in a few words; "" where it may be one.

    Args:
      name: of the column.
      cells: trimmed texts, "" where blank, in the order of the file.
      number: whether the column is read as numbers.
    """
    filled = cells[cells != ""]
    if not len(filled):
        return ""
    some = filled[:: max(len(filled) // SAMPLE, 1)][: 2 * SAMPLE]
    words = set(words_of(name))
    if _share(_A_DATE, some) or _is_day_number(some, words):
        return "dates"
    if _share(_A_FILE, some):
        return "files or addresses"
    whole = _share(_WHOLE, some, 1.0)
    if _is_fold(filled, some, words):
        return "folds or splits"
    if number and not whole:
        return ""
    says = says_id(name)
    if not says and len(set(some)) < _NEARLY_DIFFERENT * len(some):
        return ""
    different = pd.unique(filled).size / len(filled)
    # The ids of lesions or visits have several cases each; those of scanners are categories.
    shared = min(1 / 3, _MOST_SHARED / len(filled))
    if says and len(filled) >= FEWEST and different > shared:
        return "ids"
    if different == 1 and len(filled) > 2 and names_id(name):
        return "ids"
    if not number and len(filled) >= FEWEST // 2 and different > _NEARLY_DIFFERENT:
        return "texts that differ in nearly every case"
    if different < 1:
        return ""
    if whole and len(filled) >= FEWEST and _in_order(filled):
        return "numbers of the rows"
    return ""


def _share(pattern: re.Pattern[str], cells: np.ndarray, least: float = _NEARLY_ALL) -> bool:
    """Whether so many cells fit; for most columns the first cells show that they do not."""
    for some in (cells[:8], cells):
        fits = sum(pattern.fullmatch(cell) is not None for cell in some)
        if fits < least * len(some) and (some is cells or fits < len(some) / 2 or least == 1):
            return False
    return True


def _is_day_number(some: np.ndarray, words: set[str]) -> bool:
    """Days as 20240131; with a name that says date also a spreadsheet's days and Unix seconds."""
    if len(some) > 2 and _share(_DAY_NUMBER, some, 1.0):
        return True
    if not words & _DATE or not _share(re.compile(r"\d{5,13}(?:\.\d*)?"), some, 1.0):
        return False
    numbers = some.astype(float)
    return bool(((numbers >= 20_000) & (numbers < 80_000)).all() or (numbers > 1e8).all())


def _is_fold(filled: np.ndarray, some: np.ndarray, words: set[str]) -> bool:
    """Whether the values are words for splits, or the name says fold and the values are few."""
    if len(some) > 2 and split_of(some[0]) is not None:
        said = {v.casefold() for v in some}
        if len(said) > 1 and all(map(split_of, said)):
            return True
    return holds_folds(words, [str(v) for v in pd.unique(filled)], len(filled))


def _in_order(filled: np.ndarray) -> bool:
    """Whether whole numbers, all different, only rise or only fall from row to row."""
    steps = np.diff(filled.astype(float))
    return bool((steps > 0).all() or (steps < 0).all())
