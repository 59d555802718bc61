/* test-serve-masked.c - what of a picture a mask has painted, as clients of the local server ask for it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "serve-fixture.h"

/* What is masked alone, as the web UI does it where nothing is said; the picture comes in its own size. */
static void
test_only_masked (ServeFixture *fixture, gconstpointer unused)
{
  g_autofree char *picture = serve_picture (200, 150, 80, 0, 0), *mask = serve_picture (200, 150, 0, 60, 50);
  g_autofree char *black = serve_picture (200, 150, 0, 0, 0);
  static const char *const say[] = { "", "\"inpaint_full_res\": true, \"inpaint_full_res_padding\": 24, ", "",
                                     "\"inpaint_full_res_padding\": \"a lot\", " };

  for (guint i = 0; i < G_N_ELEMENTS (say); i++) {
    g_autofree char *body = g_strdup_printf ("{\"init_images\": [\"%s\"], \"mask\": \"%s\", %s\"mask_blur\": 0, "
                                             "\"inpainting_fill\": 1, \"steps\": 4, \"width\": 64, \"height\": 64}",
                                             picture, i == 2 ? black : mask, say[i]);
    g_autoptr (Asked) asked = serve_ask (fixture, "/sdapi/v1/img2img", body);

    if (i == 3) {
      serve_assert_fault (asked, 422, "number");
      break;
    }
    const LimnSettingsValues *values =
        limn_settings_values (limn_queue_item_get_settings (queue_nth (fixture->queue, i)));
    g_autoptr (LimnImage) painted = serve_image (asked, 0, NULL);

    g_assert_cmpuint (asked->status, ==, 200);
    g_assert_cmpstr (values->mask_area, ==, "masked");
    g_assert_cmpint (values->mask_padding, ==, i == 1 ? 24 : 0);
    g_assert_cmpint (limn_mask_get_width (values->mask), ==, 200);
    g_assert_cmpint (painted->width, ==, i == 2 ? 64 : 200);
    g_assert_cmpuint (limn_json_length (limn_json_member (asked->json, "warnings")), ==, i == 2 ? 1 : 0);
    g_assert_true (i != 2 || strstr (asked->text, "mask: it is empty") != NULL);
    for (int at = 0; i < 2 && at < 200 * 150; at++)
      if (at % 200 < 60 || at % 200 >= 110)
        g_assert_cmpint (painted->rgb[3 * at], ==, 80);
  }
}

int
main (int argc, char **argv)
{
  session_test_init (&argc, &argv);
  SERVE_ADD ("only-masked", test_only_masked);
  return g_test_run ();
}
