# what a finding's number means
try policy check --explain P0103
try policy check --explain P0404
try policy check --json --explain P0201
try policy check --explain P0502
try policy check --explain P9
