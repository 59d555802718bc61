/* graph-fixture.c - random ComfyUI graphs with a known answer: each part adds nodes, and to the answer what they mean.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "graph-private.h"

#include <math.h>
#include <string.h>

#include "engine/limn.h"

/* ---- Nodes ---- */

int
limn_graph_dice (LimnGraphMaker *maker, int sides)
{
  return g_rand_int_range (maker->rand, 0, sides);
}

void
limn_graph_gap (LimnGraphMaker *maker, const char *name)
{
  g_hash_table_add (maker->answer->gaps, g_strdup (name));
}

void
limn_graph_gap_of_words (LimnGraphMaker *maker)
{
  limn_graph_gap (maker, maker->negative ? "Negative prompt" : "Prompt");
}

char *
limn_graph_add (LimnGraphMaker *maker, const char *kind, int output, const char *inputs, ...)
{
  g_autofree char *members = NULL;
  guint id = (maker->ids += (guint) limn_graph_dice (maker, 7) + 1);
  va_list arguments;

  va_start (arguments, inputs);
  members = g_strdup_vprintf (inputs, arguments);
  va_end (arguments);
  g_hash_table_add (maker->kinds, g_strdup (kind));
  g_ptr_array_add (maker->nodes, g_strdup_printf ("\"%u\":{\"inputs\":{%s},\"class_type\":\"%s\"}", id, members, kind));
  return g_strdup_printf ("[\"%u\",%d]", id, output);
}

/* ---- Guidance ---- */

static char *
write_encoder (LimnGraphMaker *maker, const char *clip, GString *meaning)
{
  g_autofree char *text = limn_graph_write_text (maker, meaning, 0);

  switch (limn_graph_dice (maker, 6)) {
  case 0:
    return limn_graph_add (maker, "Power Prompt - Simple (rgthree)", 0, "\"prompt\":%s,\"opt_clip\":%s", text, clip);
  case 1:
    return limn_graph_add (
        maker, "CLIPTextEncodeSDXL", 0,
        "\"width\":0,\"height\":0,\"crop_w\":0,\"crop_h\":0,\"target_width\":0,\"target_height\":0,\"text_g\":%s,"
        "\"text_l\":%s,\"clip\":%s",
        text, text, clip);
  case 2:
    return limn_graph_add (
        maker, "BNK_CLIPTextEncodeAdvanced", 0,
        "\"text\":%s,\"token_normalization\":\"none\",\"weight_interpretation\":\"comfy\",\"clip\":%s", text, clip);
  default:
    return limn_graph_add (maker, "CLIPTextEncode", 0, "\"text\":%s,\"clip\":%s", text, clip);
  }
}

/* One side, through nodes that combine, change or hand on what was encoded. */
static char *
write_side (LimnGraphMaker *maker, gboolean negative, const char *clip, GString *meaning)
{
  g_autofree char *side = NULL, *other = NULL;

  maker->negative = negative;
  side = write_encoder (maker, clip, meaning);
  switch (limn_graph_dice (maker, 11)) {
  case 10:
    other = limn_graph_add (maker, "CLIPTextEncode", 0, "\"text\":\"not this\",\"clip\":%s", clip);
    return limn_graph_add (maker, "CR Conditioning Input Switch", 0,
                           "\"Input\":2,\"conditioning1\":%s,\"conditioning2\":%s", other, side);
  case 0:
    g_string_append (meaning, " BREAK ");
    other = write_encoder (maker, clip, meaning);
    return limn_graph_add (maker, "ConditioningConcat", 0, "\"conditioning_to\":%s,\"conditioning_from\":%s", side,
                           other);
  case 1:
    other = limn_graph_add (maker, "CLIPTextEncode", 0, "\"text\":\"more\",\"clip\":%s", clip);
    limn_graph_gap_of_words (maker);
    return limn_graph_add (maker, "ConditioningCombine", 0, "\"conditioning_1\":%s,\"conditioning_2\":%s", side, other);
  case 2:
    limn_graph_gap_of_words (maker);
    return limn_graph_add (maker, "ConditioningSetTimestepRange", 0, "\"conditioning\":%s,\"start\":0,\"end\":0.5",
                           side);
  case 3:
    return limn_graph_add (maker, "Reroute", 0, "\"\":%s", side);
  case 4:
    if (negative) {
      limn_graph_gap_of_words (maker);
      g_string_truncate (meaning, 0);
      return limn_graph_add (maker, "ConditioningZeroOut", 0, "\"conditioning\":%s", side);
    }
    return g_steal_pointer (&side);
  default:
    return g_steal_pointer (&side);
  }
}

/* ---- Models ---- */

static char *
write_model (LimnGraphMaker *maker, char **clip, char **vae)
{
  g_autofree char *model =
      limn_graph_add (maker, "CheckpointLoaderSimple", 0, "\"ckpt_name\":\"SDXL/sd_xl_base_1.0.safetensors\"");
  g_autofree char *stack = NULL;
  char *slot = strchr (model, ',');

  *clip = g_strdup_printf ("%.*s,1]", (int) (slot - model), model);
  *vae = g_strdup_printf ("%.*s,2]", (int) (slot - model), model);
  switch (limn_graph_dice (maker, 9)) {
  case 0:
    limn_graph_gap (maker, "LoRA");
    return limn_graph_add (maker, "LoraLoader", 0,
                           "\"lora_name\":\"a.safetensors\",\"strength_model\":0.5,\"strength_clip\":1,"
                           "\"model\":%s,\"clip\":%s",
                           model, *clip);
  case 1:
    limn_graph_gap (maker, "LoRA");
    return limn_graph_add (
        maker, "Power Lora Loader (rgthree)", 0,
        "\"PowerLoraLoaderHeaderWidget\":{\"type\":\"x\"},\"lora_1\":{\"on\":true,\"lora\":\"a\",\"strength\":0.5},"
        "\"model\":%s,\"clip\":%s",
        model, *clip);
  case 2:
    limn_graph_gap (maker, "LoRA");
    stack = limn_graph_add (maker, "CR LoRA Stack", 0,
                            "\"switch_1\":\"On\",\"lora_name_1\":\"a\",\"model_weight_1\":0.5,"
                            "\"clip_weight_1\":1,\"switch_2\":\"Off\",\"lora_name_2\":\"b\",\"model_weight_2\":1");
    return limn_graph_add (maker, "CR Apply LoRA Stack", 0, "\"model\":%s,\"clip\":%s,\"lora_stack\":%s", model, *clip,
                           stack);
  case 3:
    limn_graph_gap (maker, "Model");
    return limn_graph_add (maker, "HyperTile", 0, "\"tile_size\":256,\"swap_size\":2,\"max_depth\":0,\"model\":%s",
                           model);
  case 4:
    limn_graph_gap (maker, "IP-Adapter");
    return limn_graph_add (maker, "IPAdapterAdvanced", 0, "\"weight\":1,\"weight_type\":\"linear\",\"model\":%s",
                           model);
  case 5:
    return limn_graph_add (maker, "Reroute", 0, "\"\":%s", model);
  default:
    return g_steal_pointer (&model);
  }
}

/* ---- Numbers ---- */

static char *
write_int (LimnGraphMaker *maker, guint64 value)
{
  switch (limn_graph_dice (maker, 4)) {
  case 0:
    return limn_graph_add (maker, "PrimitiveInt", 0,
                           "\"value\":%" G_GUINT64_FORMAT ",\"control_after_generate\":\"fixed\"", value);
  case 1:
    return limn_graph_add (maker, "INTConstant", 0, "\"value\":%" G_GUINT64_FORMAT, value);
  default:
    return g_strdup_printf ("%" G_GUINT64_FORMAT, value);
  }
}

static char *
write_seed (LimnGraphMaker *maker)
{
  maker->answer->seed = ((guint64) g_rand_int (maker->rand) << 32) | g_rand_int (maker->rand);
  if (limn_graph_dice (maker, 3) == 0)
    return limn_graph_add (maker, "Seed (rgthree)", 0, "\"seed\":%" G_GUINT64_FORMAT, maker->answer->seed);
  return write_int (maker, maker->answer->seed);
}

static char *
write_steps (LimnGraphMaker *maker)
{
  maker->answer->steps = 4 + limn_graph_dice (maker, 40);
  if (limn_graph_dice (maker, 12) == 0) {
    maker->answer->steps = -1;
    limn_graph_gap (maker, "Steps");
    return limn_graph_add (maker, "SimpleMath+", 0, "\"value\":\"a*2\",\"a\":10,\"b\":3");
  }
  return write_int (maker, (guint64) maker->answer->steps);
}

static char *
write_guidance (LimnGraphMaker *maker)
{
  maker->answer->guidance = 1 + limn_graph_dice (maker, 40) * 0.25;
  if (limn_graph_dice (maker, 4) == 0)
    return limn_graph_add (maker, "PrimitiveFloat", 0, "\"value\":%g", maker->answer->guidance);
  if (limn_graph_dice (maker, 16) == 0) {
    maker->answer->guidance = 1;
    limn_graph_gap (maker, "Guidance");
    return g_strdup ("-2.5");
  }
  return g_strdup_printf ("%g", maker->answer->guidance);
}

/* ---- Where it begins ---- */

static char *
write_latent (LimnGraphMaker *maker, const char *vae, double *denoise)
{
  LimnGraph *answer = maker->answer;
  g_autofree char *picture = NULL, *width = NULL;

  *denoise = 1;
  answer->width = 512 + 64 * limn_graph_dice (maker, 12);
  answer->height = 512 + 64 * limn_graph_dice (maker, 12);
  switch (limn_graph_dice (maker, 5)) {
  case 0:
    picture = limn_graph_add (maker, "LoadImage", 0, "\"image\":\"a.png\"");
    *denoise = limn_graph_dice (maker, 2) == 0 ? 1 : 0.05 * (4 + limn_graph_dice (maker, 15));
    answer->painted = 1;
    answer->width = answer->height = 0;
    limn_graph_gap (maker, "Start picture");
    limn_graph_gap (maker, "Size");
    return limn_graph_add (maker, "VAEEncode", 0, "\"pixels\":%s,\"vae\":%s", picture, vae);
  case 1:
    return limn_graph_add (maker, "SDXLEmptyLatentSizePicker+", 0,
                           "\"resolution\":\"%dx%d (1.0)\",\"batch_size\":1,\"width_override\":0,\"height_override\":0",
                           answer->width, answer->height);
  case 2:
    limn_graph_gap (maker, "Place in the batch");
    return limn_graph_add (maker, "EmptyLatentImage", 0, "\"width\":%d,\"height\":%d,\"batch_size\":4", answer->width,
                           answer->height);
  default:
    width = write_int (maker, (guint64) answer->width);
    return limn_graph_add (maker, "EmptyLatentImage", 0, "\"width\":%s,\"height\":%d,\"batch_size\":1", width,
                           answer->height);
  }
}

/* ---- Samplers ---- */

typedef struct {
  char *model, *clip, *vae, *positive, *negative, *latent, *seed, *steps, *guidance;
  double denoise;
  const char *scheduler;
} Parts;

static void
parts_clear (Parts *parts)
{
  char *all[] = { parts->model,  parts->clip, parts->vae,   parts->positive, parts->negative,
                  parts->latent, parts->seed, parts->steps, parts->guidance };

  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    g_free (all[i]);
}

/* Everything in one node, whatever its name; some in a context's place. */
static char *
write_plain_sampler (LimnGraphMaker *maker, const Parts *p, const char *kind)
{
  g_autofree char *more = g_str_equal (kind, "ClownsharKSampler_Beta") ? g_strdup ("\"eta\":0.5,") : g_strdup ("");

  if (more[0] != '\0')
    limn_graph_gap (maker, "Other settings");
  return limn_graph_add (
      maker, kind, 0,
      "%s\"seed\":%s,\"steps\":%s,\"cfg\":%s,\"sampler_name\":\"euler\",\"scheduler\":\"%s\",\"denoise\":%.17g,"
      "\"model\":%s,\"positive\":%s,\"negative\":%s,\"latent_image\":%s",
      more, p->seed, p->steps, p->guidance, p->scheduler, p->denoise, p->model, p->positive, p->negative, p->latent);
}

static char *
write_pipe_sampler (LimnGraphMaker *maker, const Parts *p)
{
  g_autofree char *pipe = NULL, *inner = NULL;

  if (limn_graph_dice (maker, 2) == 0) {
    pipe =
        limn_graph_add (maker, "ToBasicPipe", 0, "\"model\":%s,\"clip\":%s,\"vae\":%s,\"positive\":%s,\"negative\":%s",
                        p->model, p->clip, p->vae, p->positive, p->negative);
    return limn_graph_add (
        maker, "ImpactKSamplerBasicPipe", 1,
        "\"seed\":%s,\"steps\":%s,\"cfg\":%s,\"sampler_name\":\"euler\",\"scheduler\":\"%s\",\"denoise\":%.17g,"
        "\"basic_pipe\":%s,\"latent_image\":%s",
        p->seed, p->steps, p->guidance, p->scheduler, p->denoise, pipe, p->latent);
  }
  inner = limn_graph_add (maker, "Context (rgthree)", 0, "\"model\":%s,\"positive\":%s,\"negative\":%s,\"latent\":%s",
                          p->model, p->positive, p->negative, p->latent);
  pipe = limn_graph_add (
      maker, "easy preSampling", 0,
      "\"steps\":%s,\"cfg\":%s,\"sampler_name\":\"euler\",\"scheduler\":\"%s\",\"denoise\":%.17g,\"seed\":%s,"
      "\"pipe\":%s",
      p->steps, p->guidance, p->scheduler, p->denoise, p->seed, inner);
  return limn_graph_add (maker, "easy kSampler", 1,
                         "\"image_output\":\"Preview\",\"link_id\":0,\"save_prefix\":\"x\",\"pipe\":%s", pipe);
}

/* Everything from a context, which has it from nodes of its own. */
static char *
write_context_sampler (LimnGraphMaker *maker, const Parts *p)
{
  g_autofree char *config = limn_graph_add (
      maker, "KSampler Config (rgthree)", 0,
      "\"steps_total\":%s,\"refiner_step\":3,\"cfg\":%s,\"sampler_name\":\"euler\",\"scheduler\":\"%s\"", p->steps,
      p->guidance, p->scheduler);
  g_autofree char *seed = limn_graph_add (maker, "easy seed", 0, "\"seed\":%s", p->seed);
  int id = (int) (strchr (config, ',') - config);
  g_autofree char *first = limn_graph_add (
      maker, "Context Big (rgthree)", 0,
      "\"model\":%s,\"clip\":%s,\"vae\":%s,\"positive\":%s,\"negative\":%s,\"latent\":%s,\"seed\":%s,\"steps\":%s,"
      "\"cfg\":%.*s,2],\"sampler\":%.*s,3],\"scheduler\":%.*s,4]",
      p->model, p->clip, p->vae, p->positive, p->negative, p->latent, seed, config, id, config, id, config, id, config);
  g_autofree char *last = limn_graph_add (maker, "Context (rgthree)", 0, "\"base_ctx\":%s", first);

  id = (int) (strchr (last, ',') - last);
  return limn_graph_add (
      maker, "KSampler", 0,
      "\"denoise\":%.17g,\"seed\":%.*s,8],\"steps\":%.*s,9],\"cfg\":%.*s,11],\"sampler_name\":%.*s,13],"
      "\"scheduler\":%.*s,14],\"model\":%.*s,1],\"positive\":%.*s,4],\"negative\":%.*s,5],"
      "\"latent_image\":%.*s,6]",
      p->denoise, id, last, id, last, id, last, id, last, id, last, id, last, id, last, id, last, id, last);
}

static char *
write_custom_sampler (LimnGraphMaker *maker, const Parts *p)
{
  g_autofree char *select = limn_graph_add (maker, "KSamplerSelect", 0, "\"sampler_name\":\"euler\"");
  g_autofree char *sigmas =
      limn_graph_add (maker, "BasicScheduler", 0, "\"scheduler\":\"%s\",\"steps\":%s,\"denoise\":%.17g,\"model\":%s",
                      p->scheduler, p->steps, p->denoise, p->model);
  g_autofree char *noise = NULL, *guider = NULL;

  if (limn_graph_dice (maker, 2) == 0)
    return limn_graph_add (
        maker, "SamplerCustom", 0,
        "\"add_noise\":true,\"noise_seed\":%s,\"cfg\":%s,\"model\":%s,\"positive\":%s,\"negative\":%s,\"sampler\":%s,"
        "\"sigmas\":%s,\"latent_image\":%s",
        p->seed, p->guidance, p->model, p->positive, p->negative, select, sigmas, p->latent);
  noise = limn_graph_add (maker, "RandomNoise", 0, "\"noise_seed\":%s", p->seed);
  guider = limn_graph_add (maker, "CFGGuider", 0, "\"cfg\":%s,\"model\":%s,\"positive\":%s,\"negative\":%s",
                           p->guidance, p->model, p->positive, p->negative);
  return limn_graph_add (maker, "SamplerCustomAdvanced", 0,
                         "\"noise\":%s,\"guider\":%s,\"sampler\":%s,\"sigmas\":%s,\"latent_image\":%s", noise, guider,
                         select, sigmas, p->latent);
}

/* Its steps cut in two, or ended early. */
static char *
write_advanced_sampler (LimnGraphMaker *maker, const Parts *p)
{
  static const char inputs[] =
      "\"add_noise\":\"%s\",\"noise_seed\":%s,\"steps\":%s,\"cfg\":%s,\"sampler_name\":\"euler\",\"scheduler\":\"%s\","
      "\"start_at_step\":%d,\"end_at_step\":%d,\"return_with_leftover_noise\":\"%s\",\"model\":%s,\"positive\":%s,"
      "\"negative\":%s,\"latent_image\":%s";
  int kind = limn_graph_dice (maker, 3);
  g_autofree char *first = NULL;

  if (kind == 1 && maker->answer->steps > 0)
    limn_graph_gap (maker, "Steps");
  first = limn_graph_add (maker, "KSamplerAdvanced", 0, inputs, "enable", p->seed, p->steps, p->guidance, p->scheduler,
                          0, kind == 0 || maker->answer->steps < 0 ? 10000 : 3, kind == 2 ? "enable" : "disable",
                          p->model, p->positive, p->negative, p->latent);
  if (kind != 2 || maker->answer->steps < 0)
    return g_steal_pointer (&first);
  return limn_graph_add (maker, "KSamplerAdvanced", 0, inputs, "disable", "0", p->steps, p->guidance, p->scheduler, 3,
                         10000, "disable", p->model, p->positive, p->negative, first);
}

static char *
write_sampler (LimnGraphMaker *maker, const Parts *p)
{
  static const char *const kinds[] = { "KSampler", "KSampler (Efficient)", "ClownsharKSampler_Beta",
                                       "SomebodysPainter" };
  int kind = limn_graph_dice (maker, 8);

  if (kind == 0)
    return write_pipe_sampler (maker, p);
  if (kind == 3)
    return write_context_sampler (maker, p);
  if (kind == 1)
    return write_custom_sampler (maker, p);
  if (kind == 2 && p->denoise == 1)
    return write_advanced_sampler (maker, p);
  return write_plain_sampler (maker, p, kinds[limn_graph_dice (maker, G_N_ELEMENTS (kinds))]);
}

/* ---- Ends ---- */

static void
write_end (LimnGraphMaker *maker, const Parts *p, const char *latent)
{
  static const char *const ends[] = { "SaveImage", "Image Save", "PreviewImage", "SaveImageWebsocket" };
  g_autofree char *vae = limn_graph_dice (maker, 5) == 0
                             ? limn_graph_add (maker, "VAELoader", 0, "\"vae_name\":\"fixed.safetensors\"")
                             : NULL;
  g_autofree char *picture = NULL, *upscaler = NULL, *changed = NULL, *end = NULL;

  if (vae != NULL)
    limn_graph_gap (maker, "VAE");
  picture = limn_graph_add (maker, limn_graph_dice (maker, 2) == 0 ? "VAEDecode" : "VAEDecodeTiled", 0,
                            "\"samples\":%s,\"vae\":%s", latent, vae != NULL ? vae : p->vae);
  switch (limn_graph_dice (maker, 7)) {
  case 0:
    limn_graph_gap (maker, "Upscaler");
    upscaler = limn_graph_add (maker, "UpscaleModelLoader", 0, "\"model_name\":\"4x.pth\"");
    changed =
        limn_graph_add (maker, "ImageUpscaleWithModel", 0, "\"upscale_model\":%s,\"image\":%s", upscaler, picture);
    break;
  case 1:
    limn_graph_gap (maker, "Detailer");
    changed = limn_graph_add (
        maker, "FaceDetailer", 0,
        "\"seed\":3,\"steps\":20,\"cfg\":8,\"sampler_name\":\"euler\",\"scheduler\":\"normal\",\"denoise\":0.5,"
        "\"image\":%s,\"model\":%s,\"clip\":%s,\"vae\":%s,\"positive\":%s,\"negative\":%s",
        picture, p->model, p->clip, p->vae, p->positive, p->negative);
    break;
  case 2:
    limn_graph_gap (maker, "Picture");
    changed = limn_graph_add (maker, "ImageSharpen", 0, "\"sharpen_radius\":1,\"sigma\":1,\"alpha\":0.4,\"image\":%s",
                              picture);
    break;
  default:
    break;
  }
  end = limn_graph_add (maker, ends[limn_graph_dice (maker, G_N_ELEMENTS (ends))], 0,
                        "\"filename_prefix\":\"x\",\"images\":%s", changed != NULL ? changed : picture);
}

/* A picture that guided the layout, saved beside the one that was painted. */
static void
write_control (LimnGraphMaker *maker, Parts *parts)
{
  g_autofree char *pose = limn_graph_add (maker, "LoadImage", 0, "\"image\":\"pose.png\"");
  g_autofree char *canny =
      limn_graph_add (maker, "CannyEdgePreprocessor", 0, "\"low\":100,\"high\":200,\"image\":%s", pose);
  g_autofree char *saved = limn_graph_add (maker, "SaveImage", 0, "\"filename_prefix\":\"canny\",\"images\":%s", canny);
  g_autofree char *net = limn_graph_add (maker, "ControlNetLoader", 0, "\"control_net_name\":\"canny.safetensors\"");
  g_autofree char *both =
      limn_graph_add (maker, "ControlNetApplyAdvanced", 0,
                      "\"strength\":0.8,\"start_percent\":0,\"end_percent\":1,\"positive\":%s,\"negative\":%s,"
                      "\"control_net\":%s,\"image\":%s",
                      parts->positive, parts->negative, net, canny);

  limn_graph_gap (maker, "ControlNet");
  g_free (parts->positive);
  g_free (parts->negative);
  parts->positive = g_strdup (both);
  parts->negative = g_strdup_printf ("%.*s,1]", (int) (strchr (both, ',') - both), both);
}

static void
write_graph (LimnGraphMaker *maker)
{
  static const char *const schedules[] = { "karras", "simple", "sgm_uniform", "normal", "beta", "exponential" };
  int schedule = limn_graph_dice (maker, G_N_ELEMENTS (schedules));
  g_autoptr (GString) prompt = g_string_new (NULL);
  g_autoptr (GString) negative = g_string_new (NULL);
  g_autofree char *latent = NULL;
  Parts parts = { .scheduler = schedules[schedule] };

  maker->answer->schedule = schedule == 0 ? "karras_full" : schedules[schedule];
  parts.model = write_model (maker, &parts.clip, &parts.vae);
  parts.positive = write_side (maker, FALSE, parts.clip, prompt);
  parts.negative = write_side (maker, TRUE, parts.clip, negative);
  parts.latent = write_latent (maker, parts.vae, &parts.denoise);
  parts.seed = write_seed (maker);
  parts.steps = write_steps (maker);
  parts.guidance = write_guidance (maker);
  if (limn_graph_dice (maker, 6) == 0)
    write_control (maker, &parts);
  latent = write_sampler (maker, &parts);
  write_end (maker, &parts, latent);
  maker->answer->prompt = g_strdup (prompt->str);
  maker->answer->negative = g_strdup (negative->str);
  if (maker->answer->painted > 0 && maker->answer->steps > 0)
    maker->answer->painted = maker->answer->steps;
  if (parts.denoise < 1 && maker->answer->steps > 0)
    maker->answer->steps = floor (maker->answer->steps / parts.denoise);
  parts_clear (&parts);
}

LimnGraph *
limn_test_graph_new (GRand *rand, GHashTable *kinds)
{
  LimnGraph *answer = g_new0 (LimnGraph, 1);
  g_autoptr (GPtrArray) nodes = g_ptr_array_new_with_free_func (g_free);
  LimnGraphMaker maker = { .rand = rand, .kinds = kinds, .nodes = nodes, .answer = answer };

  answer->gaps = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  write_graph (&maker);
  answer->graph = g_string_new ("{");
  while (nodes->len > 0) { /* in any order */
    g_autofree char *node = g_ptr_array_steal_index (nodes, (guint) g_rand_int_range (rand, 0, (gint32) nodes->len));

    g_string_append_printf (answer->graph, "%s%s", answer->graph->len > 1 ? "," : "", node);
  }
  g_string_append_c (answer->graph, '}');
  return answer;
}

void
limn_test_graph_free (LimnGraph *graph)
{
  g_string_free (graph->graph, TRUE);
  g_free (graph->prompt);
  g_free (graph->negative);
  g_hash_table_unref (graph->gaps);
  g_free (graph);
}
