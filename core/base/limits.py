"""Limits of one upload, all in one place, each with its reason.

A file of one megabyte can require any amount of memory: by compression, by one cell that makes a
column wide, by numbers that multiply. Each limit is far above honest data sets and keeps reading to
seconds and two gigabytes beyond the upload's own decoded size. Code reads them as `limits.NAME`, so
that each has one value, and refusals name the limit and what was found.
"""

MIB, GIB = 2**20, 2**30

# Files and archives.
MOST_UPLOAD = 500 * MIB  # all files of an upload; .streamlit/config.toml says the same for one
MOST_FILES = 300_000  # of a folder, an upload or a zip
MOST_UNPACKED = 4 * GIB  # a zip, unpacked
MOST_MEMBER = GIB  # one file
# Deflate reaches about 1000 on zeros; tables of annotations reach 20 to 60, photos about 1.
MOST_RATIO = 250
RATIO_FREE = 32 * MIB  # small archives may be as compressible as they like
MOST_ARCHIVES = 100  # images.zip in several folders
MOST_DEPTH = 64  # folders in a path; ten are usual at most
LONGEST_PATH = 1000  # characters; Windows takes 260, Linux 4,096

# Text. Tables take three to five times their bytes while they are read, JSON ten to twenty times.
MOST_TABLE_BYTES = 256 * MIB
MOST_JSON_BYTES = 64 * MIB
MOST_JSON_OBJECTS = 2_500_000  # objects and lists of one file; an entry takes 300 bytes
LONGEST_CELL = 100_000  # characters; a spreadsheet's cell holds 32,767
LONGEST_TITLE = 1000  # characters of a column's name
MOST_ACCENTS = 100  # marks on one letter: normalising them takes quadratic time
MOST_COLUMNS = 100_000  # of the table of cases; all human genes with their variants are 60,000
MOST_SIDE_COLUMNS = 2000  # of other tables, which have one per class at most
MOST_TABLE_CELLS = 50_000_000  # rows × columns, also where rows are short: they are filled up
MOST_WIDE_CELLS = 25_000_000  # of a table of many columns, whose cells are 60 bytes each

# Cases, names and groups. NumPy makes every text of an array as wide as the longest one.
LONGEST_ID = 500  # characters
LONGEST_SET_NAME = 100  # characters of a data set's name
LONGEST_NAME = 200  # characters of an expert's or a class's name
LONGEST_GROUP = 1000  # characters of a group's value: a site or a device, no report
MOST_GROUP_COLUMNS = 500
MOST_FIXED_TEXT = 512 * MIB  # of one array of texts: its length × its longest text × 4 bytes
MOST_CLASSES = 1000
MOST_ANNOTATIONS = 100_000_000  # cases × experts; half a gigabyte of annotations

# Features as the networks see them: categories become a column each.
MOST_INPUTS = 200_000  # columns
MOST_INPUT_CELLS = 100_000_000  # cases × columns; 400 MB

# Images.
MOST_PIXELS = 40_000_000  # one image, in its file; a decompression bomb beyond
MOST_PIXELS_KEPT = 600_000_000  # all images of a set at the size they are kept; 1.8 GB
# All images of a set in their files: photos have 2 to 10 pixels a byte, what is nearly blank 1,000
# and more. A progressive JPEG counts once for each of its scans, as each goes over all of it.
MOST_PIXELS_READ = 600_000_000
PIXELS_PER_BYTE = 50  # beyond MOST_PIXELS_READ
MOST_SCANS = 100  # of a progressive JPEG; programs write about ten

# The process that reads an upload. Its limits catch whatever the limits above do not, so that it
# ends alone without affecting the dashboard or the machine.
READER_MEMORY = 2 * GIB  # beyond the upload itself, unpacked
READER_SECONDS = 60.0
READER_SECONDS_PER_MIB = 0.5  # of the upload, unpacked; honest sets take a tenth of it
