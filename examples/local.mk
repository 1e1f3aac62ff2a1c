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

# The policies of docs/policy-cookbook.md and the sets that 'wb init --policy' makes of them; copied into the build tree
# too, so that build/wb finds them beside itself.
policybudgetdir = $(pkgdatadir)/policies/budget
dist_policybudget_DATA = examples/policies/budget/budget.rego examples/policies/budget/budget_test.rego
policycloseddatadir = $(pkgdatadir)/policies/closed_data
dist_policycloseddata_DATA = examples/policies/closed_data/closed_data.rego examples/policies/closed_data/closed_data_test.rego
policydatasetsdir = $(pkgdatadir)/policies/datasets
dist_policydatasets_DATA = examples/policies/datasets/datasets.rego examples/policies/datasets/datasets_test.rego
policyegressdir = $(pkgdatadir)/policies/egress
dist_policyegress_DATA = examples/policies/egress/egress.rego examples/policies/egress/egress_test.rego
policygpuceilingdir = $(pkgdatadir)/policies/gpu_ceiling
dist_policygpuceiling_DATA = examples/policies/gpu_ceiling/gpu_ceiling.rego examples/policies/gpu_ceiling/gpu_ceiling_test.rego
policypiiapprovaldir = $(pkgdatadir)/policies/pii_approval
dist_policypiiapproval_DATA = examples/policies/pii_approval/pii_approval.rego examples/policies/pii_approval/pii_approval_test.rego
policypromotiongatesdir = $(pkgdatadir)/policies/promotion_gates
dist_policypromotiongates_DATA = examples/policies/promotion_gates/promotion_gates.rego examples/policies/promotion_gates/promotion_gates_test.rego
policyresourceceilingsdir = $(pkgdatadir)/policies/resource_ceilings
dist_policyresourceceilings_DATA = examples/policies/resource_ceilings/resource_ceilings.rego examples/policies/resource_ceilings/resource_ceilings_test.rego
policyreviewedcodedir = $(pkgdatadir)/policies/reviewed_code
dist_policyreviewedcode_DATA = examples/policies/reviewed_code/reviewed_code.rego examples/policies/reviewed_code/reviewed_code_test.rego
policysealedexportdir = $(pkgdatadir)/policies/sealed_export
dist_policysealedexport_DATA = examples/policies/sealed_export/sealed_export.rego examples/policies/sealed_export/sealed_export_test.rego
policysandboxtierdir = $(pkgdatadir)/policies/sandbox_tier
dist_policysandboxtier_DATA = examples/policies/sandbox_tier/sandbox_tier.rego examples/policies/sandbox_tier/sandbox_tier_test.rego
policysecretsscopedir = $(pkgdatadir)/policies/secrets_scope
dist_policysecretsscope_DATA = examples/policies/secrets_scope/secrets_scope.rego examples/policies/secrets_scope/secrets_scope_test.rego
policytwoapproversdir = $(pkgdatadir)/policies/two_approvers
dist_policytwoapprovers_DATA = examples/policies/two_approvers/two_approvers.rego examples/policies/two_approvers/two_approvers_test.rego
policyworkinghoursdir = $(pkgdatadir)/policies/working_hours
dist_policyworkinghours_DATA = examples/policies/working_hours/working_hours.rego examples/policies/working_hours/working_hours_test.rego
policysetsdir = $(pkgdatadir)/policy-sets
dist_policysets_DATA = \
	examples/policy-sets/members \
	examples/policy-sets/open.yaml \
	examples/policy-sets/strict.yaml \
	examples/policy-sets/team.yaml

POLICY_FILES = \
	$(dist_policybudget_DATA) \
	$(dist_policycloseddata_DATA) \
	$(dist_policydatasets_DATA) \
	$(dist_policyegress_DATA) \
	$(dist_policygpuceiling_DATA) \
	$(dist_policypiiapproval_DATA) \
	$(dist_policypromotiongates_DATA) \
	$(dist_policyresourceceilings_DATA) \
	$(dist_policyreviewedcode_DATA) \
	$(dist_policysealedexport_DATA) \
	$(dist_policysandboxtier_DATA) \
	$(dist_policysecretsscope_DATA) \
	$(dist_policytwoapprovers_DATA) \
	$(dist_policyworkinghours_DATA)

noinst_DATA += policies/.copied
CLEANFILES += policies/.copied
policies/.copied: $(POLICY_FILES) $(dist_policysets_DATA)
	$(AM_V_GEN)for file in $(POLICY_FILES); do \
		to=$${file#examples/} && $(MKDIR_P) "$${to%/*}" && \
		cp "$(srcdir)/$$file" "$$to.new" && chmod 644 "$$to.new" && mv -f "$$to.new" "$$to" || exit 1; \
	done; \
	$(MKDIR_P) policy-sets && \
	for file in $(dist_policysets_DATA); do \
		to=policy-sets/$${file##*/} && \
		cp "$(srcdir)/$$file" "$$to.new" && chmod 644 "$$to.new" && mv -f "$$to.new" "$$to" || exit 1; \
	done; \
	touch $@

clean-local: clean-policies
.PHONY: clean-policies
clean-policies:
	rm -rf policies policy-sets

TESTS += tests/examples/policies.sh
EXTRA_DIST += tests/examples/policies.sh
