package t
import rego.v1
deny contains sprintf("%d", [input.nothing]) if true
deny contains sprintf("%s", [1, 2]) if true
deny contains {"msg": "obj", "x": 1} if true
deny contains {"x": 1} if true
deny contains ["a", "b"] if true
deny contains 7 if true
deny contains true if true
deny contains false if true
deny contains null if true
deny contains "\u001b[31mred\nline" if true
