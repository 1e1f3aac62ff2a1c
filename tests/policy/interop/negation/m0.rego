package n

missing_equal if not input.x == 1
missing_unequal if not input.x != 1
missing_call if not startswith(input.x, "a")
missing_in if not input.x in [1]
in_head := {1 | not input.x > 3}
in_comprehension if count([1 | not input.x > 3]) == 0
of_list if not [1, 2][2]
of_set if not {"a"}["b"]
every_none if { every x in [] { x > 1 } }
every_missing if { every x in input.none { x > 1 } }
unequal if 1 != input.y
