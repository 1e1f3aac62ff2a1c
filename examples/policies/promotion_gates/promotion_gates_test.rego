package wb.promotion_gates_test

import data.wb.promotion_gates
import rego.v1

gate(passed, value, digest) := {"passed": passed, "value": value, "artifact_sha256": digest}

promoting(gates) := {"action": "model.promote", "artifact": {"sha256": "cafe"}, "gates": gates}

test_a_run_is_not_asked if count(promotion_gates.deny) == 0 with input as {"action": "run.start"} with data.gates as {"fairness": 0.8, "robustness": 0.7}

test_passed if {
	gates := {"fairness": gate(true, 0.9, "cafe"), "robustness": gate(true, 0.7, "cafe")}
	count(promotion_gates.deny) == 0 with input as promoting(gates) with data.gates as {"fairness": 0.8, "robustness": 0.7}
}

test_not_measured if {
	deny := promotion_gates.deny with input as promoting({"fairness": gate(true, 0.9, "cafe")}) with data.gates as {"fairness": 0.8, "robustness": 0.7}
	deny == {"gate robustness was not passed on this artifact with 0.7 or more: it was not measured"}
}

test_too_low if {
	gates := {"fairness": gate(true, 0.5, "cafe"), "robustness": gate(true, 0.9, "cafe")}
	deny := promotion_gates.deny with input as promoting(gates) with data.gates as {"fairness": 0.8, "robustness": 0.7}
	deny == {"gate fairness was not passed on this artifact with 0.8 or more: it has 0.5"}
}

test_of_another_artifact if {
	gates := {"fairness": gate(true, 0.9, "beef"), "robustness": gate(true, 0.9, "cafe")}
	deny := promotion_gates.deny with input as promoting(gates) with data.gates as {"fairness": 0.8, "robustness": 0.7}
	deny == {"gate fairness was not passed on this artifact with 0.8 or more: it was measured on another artifact"}
}

test_failed_whatever_its_value if {
	gates := {"fairness": gate(false, 0.9, "cafe"), "robustness": gate(true, 0.9, "cafe")}
	count(promotion_gates.deny) == 1 with input as promoting(gates) with data.gates as {"fairness": 0.8, "robustness": 0.7}
}

test_settings if count(promotion_gates.deny) == 1 with input as promoting({}) with data.gates as {"toxicity": 0.1}
