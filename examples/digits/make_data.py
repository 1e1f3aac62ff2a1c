#!/usr/bin/env python3
"""Makes digits.h5 and patients.h5 in this folder from digits.csv.gz. Needs NumPy and h5py.

digits.h5     the UCI optical digits (see DATA.md), every fourth image held out for testing
patients.h5   a handful of invented people, tagged PII: an input that a policy should refuse

Equal input gives equal arrays and attributes, and with one version of HDF5 equal bytes.
"""

import gzip
import os
import sys

import h5py
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))

CREDIT = {
    "title": "Optical Recognition of Handwritten Digits",
    "authors": "E. Alpaydin and C. Kaynak, 1998",
    "source": "UCI Machine Learning Repository, https://doi.org/10.24432/C50P49",
    "license": "CC BY 4.0",
    "changes": "the repository's test part only; split by index into train and test",
}


def put(group, name, values, **attributes):
    """One compressed array without time stamps."""
    dataset = group.create_dataset(name, data=values, chunks=True, compression="gzip", compression_opts=9,
                                   shuffle=True, fletcher32=True, track_times=False)
    for key, value in attributes.items():
        dataset.attrs[key] = value


def digits():
    """Images (n, 8, 8) of 0..16, and labels."""
    with gzip.open(os.path.join(HERE, "digits.csv.gz"), "rt", encoding="ascii") as f:
        table = np.loadtxt(f, delimiter=",", dtype=np.int64)
    if table.shape != (1797, 65) or table.min() < 0 or table.max() > 16:
        sys.exit("digits.csv.gz: not the table that this script was written for")
    return table[:, :64].reshape(-1, 8, 8).astype(np.uint8), table[:, 64].astype(np.uint8)


def make_digits(path):
    images, labels = digits()
    held_out = np.arange(len(labels)) % 4 == 3
    with h5py.File(path, "w") as f:
        for key, value in CREDIT.items():
            f.attrs[key] = value
        f.attrs["wb.tags"] = ""
        for name, rows in (("train", ~held_out), ("test", held_out)):
            group = f.create_group(name)
            put(group, "images", images[rows], axes="image, row, column", maximum=16)
            put(group, "labels", labels[rows], classes=10)


def make_patients(path):
    names = ["Alex Example", "Bo Sample", "Chris Specimen", "Dana Template"]
    with h5py.File(path, "w") as f:
        f.attrs["wb.tags"] = "PII"
        f.attrs["title"] = "Invented people, to show how a policy refuses personal data"
        f.create_dataset("name", data=np.array(names, dtype="S16"), track_times=False)
        put(f, "age", np.array([34, 51, 28, 63], dtype=np.uint8), unit="years")
        put(f, "pressure", np.array([[120, 80], [135, 88], [118, 76], [142, 91]], dtype=np.float32), unit="mmHg")


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else HERE
    make_digits(os.path.join(folder, "digits.h5"))
    make_patients(os.path.join(folder, "patients.h5"))


if __name__ == "__main__":
    main()
