"""What to do with files of other programs, so that they can be read."""

_REMEDIES = {
    "numbers": "open it in the spreadsheet program and save each sheet as CSV "
    "(in Excel: 'CSV UTF-8')",
    "tab": "if it is a table, give it a name that ends in .tsv",
    "feather pkl pickle h5 hdf5 npy npz rds sav dta": "save the table as CSV, in pandas "
    "with to_csv(…, index=False)",
    "rar 7z tar gz tgz bz2 xz": "unpack it and pack the files as a zip",
    "dcm dicom nii heic svg": "save the image as PNG or JPEG",
    "pdf": "copy its table to a spreadsheet, or save its images as PNG",
    "doc docx odt rtf": "copy its table to a spreadsheet",
}
_BY_ENDING = {e: remedy for ends, remedy in _REMEDIES.items() for e in ends.split()}


def remedy(name: str) -> str:
    """How to make a file of another type one that can be read; "" where that is not known."""
    return _BY_ENDING.get(name.lower().rpartition(".")[2], "")
