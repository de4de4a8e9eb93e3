/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* portable-admin: what it reads of the host's files. */
#include "check.h"

#include "drop-in.c"
#include "enabled.c"
#include "exposure.c"
#include "order.c"
#include "ports.c"
#include "running.c"

static struct pool pool;

static int read_drop_in(const char *text, struct drop_in *ret)
{
	return drop_in_read(&pool, text, strlen(text), ret);
}

static void drop_ins_name_their_image(void)
{
	static const char with_nul[] = "# Drop-in created for image '/x\0', do not edit.";
	struct drop_in d = { 0 };

	CHECK(read_drop_in("# Drop-in created for image '/a/x_1.raw', do not edit.\n", &d) == 0);
	CHECK_TEXT(d.image, "/a/x_1.raw");
	CHECK_TEXT(d.extensions, "");
	CHECK(!d.root);
	CHECK(read_drop_in("# Drop-in created for image '/a:b/x:/c/e 1.raw:/d', do not edit.\n"
			   "\n[Service]\nRootImage=/a:b/x\nEnvironment=A=1\n",
			   &d) == 0);
	CHECK_TEXT(d.image, "/a:b/x");
	CHECK_TEXT(d.extensions, "/c/e 1.raw:/d");
	CHECK_TEXT(d.root, "/a:b/x");
	CHECK(read_drop_in("# Drop-in created for image '/a's', do not edit.\n[Service]\n"
			   "RootDirectory=/a's",
			   &d) == 0);
	CHECK_TEXT(d.image, "/a's");
	CHECK_TEXT(d.root, "/a's");
	/* of others */
	CHECK(read_drop_in("", &d) == -EBADMSG);
	CHECK(read_drop_in("[Service]\nRootImage=/x\n", &d) == -EBADMSG);
	CHECK(read_drop_in("# Drop-in created for image '', do not edit.\n", &d) == -EBADMSG);
	CHECK(read_drop_in("# Drop-in created for image 'x', do not edit.\n", &d) == -EBADMSG);
	CHECK(read_drop_in("# Drop-in created for image '/x', do not edit!\n", &d) == -EBADMSG);
	CHECK(drop_in_read(&pool, with_nul, sizeof with_nul - 1, &d) == -EBADMSG);
}

static void the_last_root_is_that_of_a_process(void)
{
	CHECK(!running_root_device(&pool, ""));
	CHECK(!running_root_device(&pool, "\n\n"));
	CHECK(!running_root_device(&pool, "1 2 7:1 /"));
	CHECK(!running_root_device(&pool, "1 2 7:1 / /dev rw - tmpfs x rw\n"));
	CHECK_TEXT(
		running_root_device(&pool, "102 52 7:1 / / ro,nosuid shared:31 - squashfs x ro\n"),
		"7:1");
	CHECK_TEXT(running_root_device(&pool, "1 2 8:1 / / rw - ext4 x rw\n"
					      "2 1 0:5 / /proc rw - proc proc rw\n"
					      "3 1 253:0 /a / ro - squashfs x ro\n"
					      "4 3 0:6 / /dev rw - tmpfs x rw"),
		   "253:0");
}

static void links_enable_units(void)
{
	const struct enabling_link wanted = {
		NULL,         "/etc/systemd/system/a.wants/x@1.socket",
		"x@1.socket", "/etc/systemd/system.attached/x@.socket",
		false,        false
	};
	const struct enabling_link alias = { NULL,        "/etc/systemd/system/y.service",
					     "y.service", "/etc/systemd/system.attached/x.service",
					     false,       true };
	const struct enabling_link mask = { NULL,        "/etc/systemd/system/z.service",
					    "z.service", "/dev/null",
					    false,       true };

	CHECK(enables(&wanted, "x@.socket"));
	CHECK(enables(&wanted, "x@1.socket"));
	CHECK(!enables(&wanted, "x@.service"));
	CHECK(!enables(&wanted, "x.socket"));
	CHECK(enables(&alias, "x.service"));
	CHECK(!enables(&alias, "y.service"));
	CHECK(!enables(&mask, "z.service"));
	CHECK_TEXT(enabled_state(&mask, "/nonexistent", "z.service"), "masked");
	CHECK_TEXT(enabled_state(&alias, "/nonexistent", "x.service"), "enabled");
	CHECK(!enabled_state(&alias, "/nonexistent", "y.service"));
}

static void ports_are_those_that_are_bound(void)
{
	static const char tcp[] =
		"  sl  local_address rem_address   st tx_queue rx_queue\n"
		"   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 0\n"
		"   1: 0100007F:C350 0100007F:1F90 01 00000000:00000000 00:00000000 0\n"
		"   2: 00000000000000000000000000000000:1F90 0:0 0A x\n"
		"   3: 00000000:FFFFF 00000000:0000 0A\n"
		"   4: 00000000: 00000000:0000 0A\n"
		"   5: 00000000:0050 00000000:0000";
	struct port *ports = NULL, port;

	CHECK(ports_read(&pool, tcp, true, &ports) == 0);
	CHECK(ports && !ports->next && ports->is_tcp && ports->number == 8080);
	CHECK(ports_read(&pool, "1: 00000000:0035 00000000:0000 07\n\n", false, &ports) == 0);
	CHECK(ports->next && !ports->is_tcp && ports->number == 53);
	CHECK(ports_of_listen("Stream [::]:8080", &port) && ports_have(ports, &port));
	CHECK(ports_of_listen("Datagram [::]:8080", &port) && !ports_have(ports, &port));
	CHECK(ports_of_listen("Datagram 0.0.0.0:53", &port) && ports_have(ports, &port));
	CHECK(!ports_of_listen("Stream /run/a:80", &port));
	CHECK(!ports_of_listen("Stream @a", &port));
	CHECK(!ports_of_listen("SequentialPacket [::]:80", &port));
	CHECK(!ports_of_listen("Stream [::]:0", &port));
	CHECK(!ports_of_listen("a:80", &port));
}

static void exposures_are_found_in_the_table(void)
{
	static const char table[] = "UNIT                 EXPOSURE PREDICATE HAPPY\n"
				    "x-more.service            9.6 UNSAFE    D\n"
				    "x.service                 0.1 SAFE      D\n"
				    "y.service                 abc\n"
				    "z.service                 10.0";

	CHECK_TEXT(exposure_of(&pool, table, "x.service"), "0.1");
	CHECK_TEXT(exposure_of(&pool, table, "x-more.service"), "9.6");
	CHECK(!exposure_of(&pool, table, "more.service"));
	CHECK(!exposure_of(&pool, table, "y.service"));
	CHECK(!exposure_of(&pool, table, "z.service"));
	CHECK(!exposure_of(&pool, "", "x.service"));
	CHECK(!exposure_of(&pool, "x", "x.service"));
}

static void sockets_timers_and_paths_come_first(void)
{
	CHECK(order_of("x.socket") == ORDER_STARTERS);
	CHECK(order_of("x@1.timer") == ORDER_STARTERS);
	CHECK(order_of("x.socket.service") == ORDER_OTHERS);
	CHECK(order_of("x") == ORDER_OTHERS);
}

int main(void)
{
	RUN(drop_ins_name_their_image);
	RUN(the_last_root_is_that_of_a_process);
	RUN(links_enable_units);
	RUN(ports_are_those_that_are_bound);
	RUN(exposures_are_found_in_the_table);
	RUN(sockets_timers_and_paths_come_first);
	pool_release(&pool);
	return CHECK_STATUS();
}
