# Examples: installed as they are, tried as plain scripts by make check.
digitsdir = $(pkgdatadir)/examples/digits
dist_digits_DATA = \
	examples/digits/DATA.md \
	examples/digits/README.md \
	examples/digits/digits.csv.gz \
	examples/digits/digits.h5 \
	examples/digits/make_data.py \
	examples/digits/patients.h5 \
	examples/digits/train.py
digitspolicydir = $(digitsdir)/policy
dist_digitspolicy_DATA = examples/digits/policy/digits.rego

TESTS += tests/examples/digits.sh
EXTRA_DIST += tests/examples/digits.sh
