/* engine/net_env.c */
#include "config.h"

#include "tests/support/wb_test.h"

#include "engine/net_env.h"

struct planned {
	struct run_spec spec;
	struct sandbox_plan *plan;
};

static int teardown(void **state)
{
	struct planned *p = *state;

	run_spec_release(&p->spec);
	plan_free(p->plan);
	*p = (struct planned){ 0 };
	return 0;
}

static int setup(void **state)
{
	static struct planned p;

	*state = &p;
	return 0;
}

static void plan_with(struct planned *p, int tier, const char *const *nets, size_t n)
{
	struct error err = { 0 };

	p->plan = plan_new(tier);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(run_spec_add_net(&p->spec, nets[i], &err), 0);
	net_env_plan(&p->spec, p->plan);
}

static void net_env__no_host_named__leaves_the_plan_alone(void **state)
{
	struct planned *p = *state;
	size_t mounts;

	plan_with(p, 1, NULL, 0);
	mounts = p->plan->mount_count;
	assert_int_equal(p->plan->proxy_port, 0);
	assert_int_equal(mounts, 0);
	assert_null(plan_get_env(p->plan, "HTTP_PROXY"));
	assert_null(plan_get_env(p->plan, "NO_PROXY"));
}

static void net_env__tier_2__has_no_broker(void **state)
{
	static const char *const nets[] = { "example.org" };
	struct planned *p = *state;

	plan_with(p, 2, nets, 1);
	assert_int_equal(p->plan->proxy_port, 0);
	assert_null(plan_get_env(p->plan, "HTTP_PROXY"));
}

static void net_env__a_host_named__sets_each_variable_in_both_cases(void **state)
{
	static const char *const nets[] = { "Example.org", "*.wild.test:8443" };
	static const char *const proxies[] = { "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy" };
	CLEANUP(buf_release) struct buf text = BUF_INIT(1024);
	struct planned *p = *state;

	plan_with(p, 1, nets, 2);
	assert_int_equal(p->plan->proxy_port, PLAN_PROXY_PORT);
	for (size_t i = 0; i < sizeof proxies / sizeof *proxies; i++)
		assert_string_equal(plan_get_env(p->plan, proxies[i]), "http://127.0.0.1:3128");
	assert_string_equal(plan_get_env(p->plan, "NO_PROXY"), "localhost,127.0.0.1,::1");
	assert_string_equal(plan_get_env(p->plan, "no_proxy"), "localhost,127.0.0.1,::1");
	p->spec.net_bytes = 1024;
	net_env_describe(&p->spec, &(struct upstream){ .port = 0 }, &text);
	assert_string_equal(buf_text(&text), "network  example.org *.wild.test:8443, together at most 1.0 KiB\n");
}

static void net_env__loopback_named__is_asked_of_the_proxy(void **state)
{
	static const char *const nets[] = { "127.0.0.1:5000", "*.localhost.test" };
	struct planned *p = *state;

	plan_with(p, 1, nets, 2);
	assert_string_equal(plan_get_env(p->plan, "NO_PROXY"), "localhost,::1");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup_teardown(net_env__no_host_named__leaves_the_plan_alone, setup, teardown),
	cmocka_unit_test_setup_teardown(net_env__tier_2__has_no_broker, setup, teardown),
	cmocka_unit_test_setup_teardown(net_env__a_host_named__sets_each_variable_in_both_cases, setup, teardown),
	cmocka_unit_test_setup_teardown(net_env__loopback_named__is_asked_of_the_proxy, setup, teardown),
};

WB_TEST_MAIN(tests)
