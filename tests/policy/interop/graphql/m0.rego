package t

all := array.concat(data.queries, data.texts)
kinds := array.concat(array.concat(data.schemas, data.types), [data.assets])

verdicts := [[graphql.is_valid(q, data.assets), graphql.parse_and_verify(q, data.assets)] | some q in all]
trees := [[t | t := graphql.parse_query(q)] | some q in all]
schemas := [[graphql.schema_is_valid(s), [t | t := graphql.parse_schema(s)]] | some s in kinds]
both := [[t | t := graphql.parse(q, data.assets)] | some q in all]

# What is read from a tree is what is read from its text; but that selections from trees are fields all.
again := [graphql.schema_is_valid(graphql.parse_schema(s)) | some s in kinds]
fields := [graphql.is_valid(graphql.parse_query(q), graphql.parse_schema(data.assets)) | some q in all; not contains(q, "@")]

# Two halves of queries put together are queries that nobody thought of.
mixed := [graphql.parse_and_verify(m, data.assets) |
	some i, a in data.queries
	b := data.queries[((i * 7) + 3) % count(data.queries)]
	m := concat(" ", [substring(a, 0, count(a) / 2), substring(b, count(b) / 2, -1)])
]
beside := [graphql.is_valid(concat(" ", [a, b]), data.assets) | some i, a in data.queries; some b in array.slice(data.queries, i, i + 9)]
joined := [graphql.schema_is_valid(concat("\n", [a, b])) | some a in data.schemas; some b in data.schemas]
