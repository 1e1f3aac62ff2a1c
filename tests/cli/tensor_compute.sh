# Statistics, values, comparisons and exports of tensors.
cp "$SRC/examples/digits/digits.h5" .
try tensor ls digits.h5
try tensor stat digits.h5
try tensor stat digits.h5:/test/images --bins 8
try tensor stat --no-histogram --json digits.h5:test/labels
try tensor stat digits.h5:/test/nothing
try tensor stat 'digits.h5:/test/images[0]'
try tensor show 'digits.h5:/test/images[0,0:2]'
try tensor show 'digits.h5:/test/labels[::90]' --json
try tensor show 'digits.h5:/test/labels[99999]'
try tensor show digits.h5:/test/labels --json
try tensor show digits.h5
try tensor show nothing.h5
try tensor show nothing.h5:/test/labels
try tensor export 'digits.h5:/test/images[:10]' -o ten.npy
try tensor export digits.h5:/test/labels -o ten.npy
try tensor stat ten.npy
try tensor diff ten.npy 'digits.h5:/test/images[:10]'
try tensor diff ten.npy 'digits.h5:/test/images[1:11]' --atol 16
try tensor diff ten.npy 'digits.h5:/test/images[1:11]'
try tensor diff ten.npy digits.h5:/test/labels
try tensor diff digits.h5 digits.h5 --json
try tensor diff ten.npy ten.npy --rtol x
