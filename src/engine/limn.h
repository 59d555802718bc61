/* limn.h - the engine's public face: open a model, describe a picture, paint it.
 *
 *   g_autoptr (LimnEngine) engine = limn_engine_new (-1, &error);
 *   g_autoptr (LimnModel) model = limn_model_open (path, &error);
 *   LimnRequest request = { 0 };
 *   limn_request_init (&request, model);
 *   request.prompt = "a red cube on top of a blue sphere on grass";
 *   g_autoptr (LimnResult) result = limn_engine_generate (engine, &request, NULL, &error);
 *   limn_image_save_png (result->image, "out.png", NULL, &error);
 *
 * Everything here blocks.  An engine and its models are one thread's at a time; callbacks run on the caller's.  Only
 * GLib core types cross this line: no GObject, GIO or GTK.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/error.h"
#include "engine/catalogue.h"
#include "engine/controls.h"
#include "engine/fields.h"
#include "engine/loras.h"
#include "engine/suggest.h"
#include "file/image-write.h"

G_BEGIN_DECLS

/* ---- Devices ---- */

/* (element-type LimnDeviceInfo) best first; an empty array where Vulkan knows no device. */
GPtrArray *limn_devices_list (GError **error);
typedef struct _LimnEngine LimnEngine;
/* device: an index from limn_devices_list (), or -1 for the best one. */
LimnEngine *limn_engine_new (int device, GError **error);
void limn_engine_free (LimnEngine *engine);
const LimnDeviceInfo *limn_engine_device (LimnEngine *engine);

/* ---- Models ---- */

/* path: a diffusers folder, a single file or one that names parts.  Maps and checks every tensor; reads no weights. */
LimnModel *limn_model_open (const char *path, GError **error);
/* The same where parts are elsewhere: single files, with the rest of a model in them or alone, or folders. */
LimnModel *limn_model_open_parts (const LimnModelParts *parts, GError **error);
LimnModel *limn_model_ref (LimnModel *model);
void limn_model_unref (LimnModel *model);
const LimnModelInfo *limn_model_info (LimnModel *model);
/* What tells its U-Net from others', by a mebibyte of its weights.  (transfer full) */
char *limn_model_fingerprint (LimnModel *model);
/* Of pictures of width x height pixels, as the model's VAE makes them. */
LimnLatentShape limn_model_latent_shape (LimnModel *model, int width, int height);
/* As limn_model_open_parts (), but also describes models that cannot be used (missing tensors, unsupported family). */
LimnModelInfo *limn_model_inspect (const LimnModelParts *parts, GError **error);
/* Whether the file at path is one part of a model alone, and which. */
gboolean limn_model_is_part (const char *path, LimnPartId *part);
/* The folder of the starter model that comes with Limn, or NULL where it is not installed.  (transfer full) */
char *limn_starter_path (void);

/* ---- Pictures ---- */

/* limn_image_save () as PNG of 8 bits, whatever path's ending. */
gboolean limn_image_save_png (const LimnImage *image, const char *path, const char *const *text, GError **error);
/* text_out: NULL, or receives key -> value of the PNG's text chunks. */
LimnImage *limn_image_load_png (const char *path, GHashTable **text_out, GError **error);

/* ---- Requests ---- */

/* The tables of samplers and schedules, in the order in which people are shown them; NULL after the last. */
const LimnChoice *limn_sampler_choice (guint index);
const LimnChoice *limn_schedule_choice (guint index);
/* text: name or title in any case, "DPM++ 2M Karras" for both; one not named is left; "Automatic": by the sampler. */
gboolean limn_sampling_from_text (const char *text, const char **sampler, const char **schedule, GError **error);
gboolean limn_schedule_from_text (const char *text, const char *sampler, const char **schedule, GError **error);

/* Latents to go on from instead of noise: what a run left after some steps of its schedule.  Where the request has
 * another schedule, it is entered at that noise level; where it has the same, and sampler and past are the run's too,
 * the result is what that run would have given. */
typedef struct {
  const float *latents; /* of the model's latent shape, as LimnPreview has them; NULL: start from noise or a picture */
  int step, steps;      /* finished steps of that schedule, of how many */
  const char *schedule, *prediction, *like, *sampler; /* as that run had them; NULL: the default, the request's last */
  double strength, eta;                               /* of a run over a picture; 0: over none; of its sampler */
  const LimnPast *past; /* [n_past], the last step first: LIMN_MOST_PAST do for every sampler */
  guint n_past;
  int draws;        /* of noise that the run had made; 0: not known */
  const char *from; /* NULL, or the JSON of the request that left them, kept in the picture's metadata */
} LimnStart;

/* Strings and pointers are borrowed: they must outlive the call that takes the request. */
typedef struct {
  LimnModel *model;
  /* Weights as in "a (red:1.3) ((round)) [small] cup"; \\( is a parenthesis. */
  const char *prompt;
  const char *negative;              /* NULL, "" or blank: none (zeros where the model asks for that, as SDXL does) */
  const char *prompt_2, *negative_2; /* for the second text encoder, which alone the refiner reads; NULL: the same */
  union {
    LimnFields fields;
    struct {
      LIMN_REQUEST_FIELDS /* width, height, steps, guidance, seed ...: see fields.h */
    };
  };
  /* Folders of LoRAs that the prompts name, before the usual ones (loras.h); ended by NULL; NULL: none. */
  const char *const *lora_folders;
  LimnSizeHints hints, negative_hints;
  LimnModel *refiner, *upscaler, *hires_upscaler; /* NULL: none; what enlarges in the end, and between two passes */
  const LimnImage *image;                         /* NULL, or start from this picture */
  const guint8 *mask;       /* NULL, or with image: 0 keeps its pixel exactly, 255 paints anew; see mask_area */
  LimnControlList controls; /* what else it is to follow: see controls.h */
  LimnStart start;
  gboolean decoded_previews; /* by the decoder for previews that is found with the model (TAESD), where it fits */
  const LimnCache *cached;   /* NULL, or what became of the run, for its metadata */
  const float *noise;        /* NULL, or N(0,1) of the latent shape, instead of the seed's */
} LimnRequest;

/* Defaults for model, which may be NULL: its size and guidance, 30 steps, hints as the output; strength 0.6 or 0.3. */
void limn_request_init (LimnRequest *request, LimnModel *model);
/* NULL if the request can be run, else an error that says what to change. */
gboolean limn_request_check (const LimnRequest *request, GError **error);
/* shares: [request->steps], the least handoff with which the base still does each step of the schedule. */
void limn_request_handoffs (const LimnRequest *request, double *shares);
/* All settings as Limn's JSON, and as the widely read "parameters" text.  (transfer full) */
char *limn_request_to_json (const LimnRequest *request);
char *limn_request_to_parameters (const LimnRequest *request);
/* Reads what limn_request_to_json () wrote into request, but for models.  strings: keeps its text, and outlives it. */
gboolean limn_request_from_json (LimnRequest *request, const char *json, GStringChunk *strings, GError **error);
/* Whether limn_request_to_json () may write a member of that name. */
gboolean limn_request_is_key (const char *key);

/* ---- Painting ---- */

typedef enum {
  LIMN_STAGE_LOAD,
  LIMN_STAGE_ENCODE,
  LIMN_STAGE_IMAGE,
  LIMN_STAGE_BASE,
  LIMN_STAGE_REFINER,
  LIMN_STAGE_SECOND, /* all of a second pass but the decoding */
  LIMN_STAGE_DECODE,
  LIMN_STAGE_DETAIL, /* of all boxes that are painted again */
  LIMN_STAGE_ENLARGE,
  LIMN_STAGE_PREPARE, /* before the others: the device compiles its shaders, reported only where that takes long */
  LIMN_N_STAGES
} LimnStage;
const char *limn_stage_name (LimnStage stage);

typedef struct {
  LimnStage stage;
  double stage_fraction;        /* 0..1 of this stage */
  int step, steps;              /* finished steps of the whole schedule that this run has to do, and how many */
  double steps_per_second;      /* 0 until one step is done */
  double seconds, seconds_left; /* since the start; -1 while unknown */
} LimnProgress;

typedef struct {
  int step, steps;                   /* 1-based: after this step */
  int schedule_step, schedule_steps; /* finished steps of the whole schedule, those before this run's start included */
  int planes, width, height;         /* of the latents */
  const guint8 *rgb; /* height * width * 3: where the step points (the denoised latent), projected linearly to colour */
  const LimnImage *image; /* NULL, or the same at full size, by the model's decoder for previews; rgb is then of it */
  const float *latents;   /* [planes, height, width], as the U-Net knows them */
  LimnPast did;           /* the step itself, for those after it */
  int draws, second;      /* of noise so far, see LimnStart; whether of a second pass, from which nothing goes on */
} LimnPreview;

/* Any member may be NULL.  Called on the thread that called limn_engine_generate (). */
typedef struct {
  void (*progress) (const LimnProgress *progress, gpointer data);
  void (*preview) (const LimnPreview *preview, gpointer data);
  gboolean (*cancelled) (gpointer data); /* polled between submissions, tens of milliseconds apart */
  gpointer data;
} LimnMonitor;

typedef struct {
  LimnImage *image;
  float *latents; /* [latent_planes, latent_height, latent_width] */
  int latent_planes, latent_width, latent_height;
  double seconds[LIMN_N_STAGES];
  LimnCache cache;
  GStrv notes; /* what a person should know: "VAE gave NaN in fp16; redone in fp32" */
} LimnResult;

/* Has the device compile what every picture needs; limn_engine_generate () does the rest. */
gboolean limn_engine_prepare (LimnEngine *engine, const LimnMonitor *monitor, GError **error);
/* Proves the kernels on the device, and measures them, in all ways that it has: (element-type LimnKernelReport). */
GPtrArray *limn_engine_self_test (LimnEngine *engine, const LimnMonitor *monitor, GError **error);
LimnResult *limn_engine_generate (LimnEngine *engine, const LimnRequest *request, const LimnMonitor *monitor,
                                  GError **error);
void limn_result_free (LimnResult *result);
/* Drops the weights and buffers that are kept between pictures. */
void limn_engine_forget (LimnEngine *engine);

/* ---- Before painting ---- */

typedef struct {
  double seconds[LIMN_N_STAGES]; /* 0: not part of the run; -1: not measured on this device yet */
  guint64 bytes[LIMN_N_STAGES];  /* of device memory while the stage runs */
  guint64 peak, available;       /* bytes */
  int base_steps, refiner_steps; /* who does how many of the steps that this run has to do */
  gboolean fits;
  const char *fit; /* of limn_fit_choice (): what would let it stay; NULL: nothing, or it does; of static storage */
  GStrv advice;    /* what would make it fit, best first; what happens to the weights where they do not all stay */
} LimnEstimate;

/* request: as for limn_engine_generate (); reads no weights.  Milliseconds. */
LimnEstimate *limn_engine_estimate (LimnEngine *engine, const LimnRequest *request, GError **error);
void limn_estimate_free (LimnEstimate *estimate);
/* The device's speed as runs have shown it: text, beside what before (or NULL) has of others; loads only its own. */
char *limn_engine_save_speeds (LimnEngine *engine, const char *before);
void limn_engine_load_speeds (LimnEngine *engine, const char *speeds);

/* How a model's text encoders (0: CLIP-L, 1: OpenCLIP-G, which alone the refiner reads) split a prompt. */
typedef struct _LimnPromptReader LimnPromptReader;
typedef struct {
  char *text;    /* as the encoder knows it: lower case, a space where a word ends */
  int id, chunk; /* chunks of 75 tokens, from 0 */
  double weight;
} LimnToken;

/* path: as in limn_model_open ().  Reads the vocabularies only.  Any thread, one at a time. */
LimnPromptReader *limn_prompt_reader_new (const char *path, GError **error);
void limn_prompt_reader_free (LimnPromptReader *reader);
/* What the first step is told.  emphasis: as LimnFields has it.  (element-type LimnToken) (transfer full), or NULL. */
GPtrArray *limn_prompt_reader_read (LimnPromptReader *reader, int encoder, const char *prompt, const char *emphasis);

/* One tensor "noise" [1, planes, height, width] of shape; one tensor "latents", likewise. */
float *limn_noise_load (const char *path, const LimnLatentShape *shape, GError **error);
gboolean limn_latents_save (const LimnResult *result, const char *path, GError **error);

/* ---- Measuring ---- */

typedef struct {
  char *stage, *kernel; /* "base", "matmul" */
  guint dispatches;
  double seconds, gflop, gbytes; /* the best of some runs; on a software device, seconds of the CPU */
} LimnBenchRow;
typedef struct {
  GPtrArray *rows;      /* LimnBenchRow: one evaluation of each stage */
  double matrix_gflops; /* GFLOP/s of this device's best large matrix product, measured in the same run */
} LimnBenchReport;
LimnBenchReport *limn_engine_bench (LimnEngine *engine, LimnModel *model, int width, int height,
                                    const LimnMonitor *monitor, GError **error);
void limn_bench_report_free (LimnBenchReport *report);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnEngine, limn_engine_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnModel, limn_model_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnResult, limn_result_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnEstimate, limn_estimate_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnPromptReader, limn_prompt_reader_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnBenchReport, limn_bench_report_free)

G_END_DECLS
