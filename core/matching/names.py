"""What names of columns, files and splits usually mean, in common European languages."""

import re
import unicodedata
from collections.abc import Mapping

from core.matching.roles import Role, SplitName

SURE = 0.45  # of `role_score`: a name that says a role by itself
# Names after `plain`: without accents and capitals, words apart. Best first.
ROLE_NAMES: Mapping[Role, tuple[str, ...]] = {
    Role.CASE: (
        *("case id", "case", "caseid", "case no", "case number", "study no", "study id"),
        *("study number", "item", "item id", "task", "task id", "image id", "example id"),
        *("question id", "unit id", "accession", "accession number", "accession no", "exam id"),
        *("exam", "sample id", "sample", "slide", "slide id", "lesion id", "record id", "document"),
        *("image index", "image", "image name", "img", "filename", "file name", "file", "input"),
        *("input image url", "data image", "image url", "url", "path", "text", "id", "index"),
        *("fall", "fall id", "fallnummer", "fall nr", "fallnr", "untersuchung", "bild", "datei"),
        *("cas", "numero de cas", "examen", "image id", "fichier", "caso", "id caso", "imagen"),
        *("archivo", "esame", "immagine", "geval", "casus", "onderzoek", "afbeelding"),
    ),
    Role.READER: (
        *("reader", "reader id", "expert", "expert id", "annotator", "annotator id", "worker"),
        *("worker id", "rater", "rater id", "rad id", "radiologist", "pathologist", "physician"),
        *("doctor", "clinician", "user", "user id", "username", "labeler", "labeller", "coder"),
        *("reviewer", "completed by", "annotated by", "labeled by", "read by", "observer"),
        *("observer id", "grader", "grader id", "evaluator", "judge", "participant"),
        *("participant id", "email", "befunder", "leser", "arzt", "arztin", "gutachter"),
        *("untersucher", "lecteur", "medecin", "annotateur", "expert id", "lector", "medico"),
        *("anotador", "evaluador", "observador", "lettore", "annotatore", "valutatore"),
        *("lezer", "arts", "beoordelaar", "annotateur id"),
    ),
    Role.TRUTH: (
        *("truth", "ground truth", "groundtruth", "gold", "gold standard", "gold label"),
        *("true label", "true class", "label true", "y true", "reference", "reference standard"),
        *("pathology", "histology", "final diagnosis", "consensus", "outcome", "target"),
        *("biopsy", "correct answer", "correct label", "gt", "answer key", "label", "class"),
        *(
            "diagnosis",
            "dx",
            "final dx",
            "y",
            "category",
            "wahrheit",
            "goldstandard",
            "histologie",
            "enddiagnose",
        ),
        *("diagnose", "befund", "referenz", "verite", "verite terrain", "reference standard"),
        *("diagnostic", "diagnostic final", "verdad", "diagnostico", "diagnostico final"),
        *("referencia", "verita", "diagnosi", "diagnosi finale", "riferimento", "waarheid"),
        *("einddiagnose", "pathologie", "histopathology", "etiquette", "etiqueta", "classe"),
    ),
    Role.ANSWER: (
        *("answer", "annotation", "response", "label", "rating", "grade", "judgement"),
        *("judgment", "vote", "decision", "read", "reading", "call", "choice", "class name"),
        *("class", "category", "diagnosis", "answer category label", "assessment", "finding"),
        *("antwort", "befund", "bewertung", "diagnose", "einschatzung", "reponse", "avis"),
        *("diagnostic", "respuesta", "etiqueta", "diagnostico", "risposta", "valutazione"),
        *("diagnosi", "antwoord", "beoordeling", "oordeel"),
    ),
    Role.SCORE: (
        *("score", "confidence", "probability", "prob", "likelihood", "suspicion", "certainty"),
        *("malignancy score", "rating score", "wahrscheinlichkeit", "sicherheit", "probabilite"),
        *("confiance", "probabilidad", "confianza", "probabilita", "punteggio", "kans"),
    ),
    Role.SPLIT: (
        *("split", "set", "subset", "partition", "fold", "data set", "dataset", "cv fold"),
        *("teil", "aufteilung", "teilmenge", "datensatz", "ensemble", "jeu", "conjunto"),
        *("particion", "insieme", "verdeling", "deel"),
    ),
    Role.PATIENT: (
        *("patient", "patient id", "patientid", "patient no", "patient number", "subject"),
        *("subject id", "person", "person id", "mrn", "patienten id", "patientennummer"),
        *("patient nr", "id patient", "numero patient", "paciente", "id paciente", "paziente"),
        *("id paziente", "patientnummer", "proband", "patienten nr", "patientin", "patient code"),
        *("patient identifier", "subject no", "subject number", "subjectid", "id patient"),
        *("identifiant patient", "patiente", "sujet", "identificador paciente", "sujeto", "pat id"),
        *("patid", "pat nr", "pat no", "patient num", "patient name", "patient uid", "patient key"),
        *("patientenname", "patientencode", "probanden id", "no patient"),
        *("n patient", "code patient", "nom patient", "no paciente", "numero paciente"),
        *("codigo paciente", "nombre paciente", "numero paziente", "codice paziente"),
        *("nome paziente", "patientnr", "patientcode", "patientnaam", "anon patient id"),
    ),
    Role.DATE: (
        *("date", "time", "timestamp", "read at", "created at", "updated at", "datetime"),
        *("read on", "reading date", "reported at", "reviewed at", "annotated at", "gelesen am"),
        *("befundet am", "lu le", "leido el", "letto il", "gelezen op", "annotation date"),
        *("read date", "submit time", "datum", "zeit", "zeitpunkt", "heure", "fecha", "hora"),
        *("ora", "tijd"),
    ),
    Role.FILE: (
        *("file", "image", "image file", "image path", "path", "filename", "file name", "url"),
        *("image url", "img", "img path", "image name", "image index", "datei", "bild", "pfad"),
        *("fichier", "chemin", "archivo", "imagen", "ruta", "immagine", "percorso", "bestand"),
    ),
    Role.AI_CLASS: (
        *("ai", "ai class", "ai label", "ai prediction", "prediction", "predicted", "pred"),
        *("model", "model prediction", "model label", "y pred", "algorithm", "cad", "ki"),
        *("ki vorhersage", "vorhersage", "ia", "prediccion", "predizione", "voorspelling"),
    ),
    Role.AI_SCORE: (
        *("ai score", "ai probability", "ai prob", "ai confidence", "model score", "cad score"),
        *("model probability", "model prob", "predicted probability", "y score", "y prob"),
        *("ki score", "ki wahrscheinlichkeit", "score ia", "probabilite ia"),
    ),
}
_ANYWHERE = {  # a word that says the role wherever it stands in the name
    Role.READER: ("worker", "annotator", "rater"),
    Role.ANSWER: ("answer",),
}
# A column of a wide table that holds one reader's answers.
_PERSON = re.compile(
    r"\b(reader|rater|annotator|expert|doctor|dr|radiologist|pathologist|cardiologist|"
    r"dermatologist|physician|clinician|observer|grader|reviewer|worker|resident|student|nurse|"
    r"prof|befunder|leser|arzt|gutachter|lecteur|medecin|lector|medico|lettore|lezer|arts|"
    r"beoordelaar|r ?\d{1,3}|read ?\d{1,2}|rad ?\d{1,3}|label [a-z])\b"
)
_TRUTH_FILE = re.compile(
    r"\b(truth|ground ?truth|gold|gold ?standard|gt|reference|labels?|cases?|consensus|wahrheit|"
    r"goldstandard|verite|verdad|verita|waarheid)\b"
)
_GOLD = re.compile(
    r"\b(truth|groundtruth|gold|gt|reference|consensus|correct|true|histology|pathology|biopsy|"
    r"wahrheit|goldstandard|histologie|verite|verdad|verita|waarheid)\b"
)
NOTHING_FOUND = frozenset(
    {
        *("no finding", "no findings", "none", "normal", "negative", "healthy", "nothing"),
        *("unauffallig", "kein befund", "normalbefund", "sans anomalie", "rien", "normale"),
        *("sin hallazgos", "nessun reperto", "geen bevinding", "no abnormality"),
    }
)
SPLIT_WORDS: Mapping[SplitName, tuple[str, ...]] = {
    "train": (
        *("train", "training", "trn", "tr", "learn", "learning", "development", "fit", "lernen"),
        *("entrainement", "apprentissage", "entrenamiento", "entreno", "addestramento"),
    ),
    "validation": (
        *("validation", "valid", "val", "dev", "tune", "tuning", "validierung", "validacion"),
        *("validazione", "convalida", "validatie", "calibration"),
    ),
    "test": (
        *("test", "testing", "tst", "te", "holdout", "hold out", "held out", "heldout", "eval"),
        *("evaluation", "prufung", "prueba", "evaluacion", "prova", "verifica", "essai", "toets"),
    ),
}

_SMALL = frozenset({"d", "de", "del", "della", "di", "du", "van"})
# Words for "set" or "data" around that of a split: Trainingsdatensatz, jeu de test.
_COLLECTION = re.compile(
    r"^(?:set|jeu|donnees|ensemble|conjunto|datos|dati|insieme) |"
    r"s?(?: ?(?:set|data|daten|datensatz))+$"
)


def plain(name: str) -> str:
    """A name in lower case without accents, its words one blank apart: `WorkerId` → `worker id`."""
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    letters = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    text = "".join(c for c in letters if not unicodedata.combining(c)).casefold()
    return " ".join(re.findall(r"[^\W_]+", text))


def role_score(name: str, role: Role) -> float:
    """How much the name of a column says for a role, 0 to 1."""
    said, names = plain(name), ROLE_NAMES.get(role, ())
    if said not in names:
        said = _without_small(said)
    if said in names:
        return 1.0 - 0.5 * names.index(said) / len(names)
    words = set(said.split())
    if words.intersection(_ANYWHERE.get(role, ())):
        return 0.45
    return 0.3 if any(words.issuperset(n.split()) for n in names if len(n) > 2) else 0.0


def names_person(name: str) -> bool:
    """Whether a column is called like a person who reads."""
    return _PERSON.search(plain(name)) is not None


def names_ai(name: str) -> bool:
    """Whether a reader or a file is called like a program."""
    said = re.sub(r"(?<=[a-z])\d+\b", "", plain(name))  # AI2 is one
    words = ("ai", "model", "algorithm", "cad", "dnn", "cnn", "network", "ki", "ia", "classifier")
    return any(word in words for word in said.split())


def names_gold(name: str) -> bool:
    """Whether a column can only be called so if it holds the ground truth."""
    return _GOLD.search(plain(name)) is not None


def names_truth(file: str) -> bool:
    """Whether a file is called like one that holds the ground truth."""
    return _TRUTH_FILE.search(plain(stem(file))) is not None


def stem(file: str) -> str:
    """The name of a file without its folders and its ending."""
    return file.rpartition("/")[2].rpartition(".")[0] or file


def split_of(word: str) -> SplitName | None:
    """The split that a word means."""
    said = plain(word)
    spelt = (said, _COLLECTION.sub("", _without_small(said)))
    return next((s for s, words in SPLIT_WORDS.items() if not {*spelt}.isdisjoint(words)), None)


def _without_small(said: str) -> str:
    return " ".join(word for word in said.split() if word not in _SMALL)


def readers_of_files(files: list[str]) -> dict[str, str]:
    """A reader's name for each file: what is different in their names, as people would say it."""
    stems = {f: stem(f) for f in files}
    short = {
        f: re.sub(r"^(label|labels|reader|annotations?|annotator|expert|reads?)[_\- ]+", "", s) or s
        for f, s in stems.items()
    }
    return short if len(set(short.values())) == len(files) else stems
