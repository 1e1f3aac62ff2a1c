# What other tools call it leads to what it is called here.
for name in list view replay tail jobs clean lineage train browse; do try "$name"; done
try log
