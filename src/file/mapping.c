/* mapping.c - see mapping.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "file/mapping.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_GUARDED 256 /* mappings at a time; one beyond is as any mapping is */

struct _LimnMapping {
  guint8 *data;
  gsize size;
  int slot; /* -1: not guarded */
  int cut;  /* atomic */
  int fd;   /* its own; -1: it could have none */
  struct timespec written;
};

/* What the signal's handler reads, without a lock: a slot is filled after and emptied before its mapping is there. */
static LimnMapping *guarded[MOST_GUARDED];
static struct sigaction before;
static guintptr page;

static LimnMapping *
find (guintptr address)
{
  for (int i = 0; i < MOST_GUARDED; i++) {
    LimnMapping *mapping = g_atomic_pointer_get (&guarded[i]);

    if (mapping != NULL && address - (guintptr) mapping->data < mapping->size)
      return mapping;
  }
  return NULL;
}

static void
pass_on (int number, siginfo_t *info, void *context)
{
  if ((before.sa_flags & SA_SIGINFO) != 0)
    before.sa_sigaction (number, info, context);
  else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN)
    before.sa_handler (number);
  else {
    sigaction (SIGBUS, &before, NULL); /* the same instruction raises it again */
    if (info->si_code <= 0)            /* but a process sends it once */
      raise (number);
  }
}

/* Zeros in place of the page and of all after it.  mmap () is one system call, and safe here. */
static gboolean
fill_with_zeros (guintptr address)
{
  LimnMapping *mapping = find (address);
  guintptr begin = address / page * page;

  if (mapping == NULL)
    return FALSE;
  g_atomic_int_set (&mapping->cut, 1); /* before any thread can read a zero */
  return mmap ((void *) begin, (guintptr) mapping->data + mapping->size - begin, PROT_READ,
               MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
         != MAP_FAILED;
}

static void
bus_error (int number, siginfo_t *info, void *context)
{
  gboolean from_memory = info->si_code > 0; /* else a process sent it */

  if (!from_memory || !fill_with_zeros ((guintptr) info->si_addr))
    pass_on (number, info, context);
}

/* In place of the C library's, for all of the program's libraries: nobody blocks SIGBUS.  Mesa has its threads block
 * all signals, and where a software device reads a page that is not there any more, a blocked one ends the process. */
int
pthread_sigmask (int how, const sigset_t *set, sigset_t *old)
{
  static int (*real) (int, const sigset_t *, sigset_t *);
  sigset_t open;

  if (g_atomic_pointer_get (&real) == NULL)
    g_atomic_pointer_set (&real, (int (*) (int, const sigset_t *, sigset_t *)) dlsym (RTLD_NEXT, "pthread_sigmask"));
  if (set != NULL && how != SIG_UNBLOCK) {
    open = *set;
    sigdelset (&open, SIGBUS);
    set = &open;
  }
  return real (how, set, old);
}

static void
take_signal (void)
{
  static gsize taken;

  if (g_once_init_enter (&taken)) {
    struct sigaction action = { .sa_sigaction = bus_error, .sa_flags = SA_SIGINFO | SA_ONSTACK };

    page = (guintptr) sysconf (_SC_PAGESIZE);
    sigemptyset (&action.sa_mask);
    sigaction (SIGBUS, &action, &before);
    g_once_init_leave (&taken, 1);
  }
}

LimnMapping *
limn_mapping_new (int fd, gsize size)
{
  void *data = mmap (NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
  LimnMapping *mapping;
  struct stat info;

  if (data == MAP_FAILED)
    return NULL;
  take_signal ();
  mapping = g_new (LimnMapping, 1);
  *mapping = (LimnMapping){ data, size, -1, 0, fcntl (fd, F_DUPFD_CLOEXEC, 0) };
  if (mapping->fd >= 0 && fstat (mapping->fd, &info) == 0)
    mapping->written = info.st_mtim;
  for (int i = 0; i < MOST_GUARDED && mapping->slot < 0; i++)
    if (g_atomic_pointer_compare_and_exchange (&guarded[i], NULL, mapping))
      mapping->slot = i;
  return mapping;
}

void
limn_mapping_free (LimnMapping *mapping)
{
  if (mapping == NULL)
    return;
  if (mapping->slot >= 0)
    g_atomic_pointer_set (&guarded[mapping->slot], NULL);
  munmap (mapping->data, mapping->size);
  if (mapping->fd >= 0)
    close (mapping->fd);
  g_free (mapping);
}

const guint8 *
limn_mapping_get_data (const LimnMapping *mapping)
{
  return mapping->data;
}

gboolean
limn_mapping_is_whole (const LimnMapping *mapping)
{
  return g_atomic_int_get (&mapping->cut) == 0;
}

LimnMappingState
limn_mapping_look (const LimnMapping *mapping)
{
  struct stat info;

  if (!limn_mapping_is_whole (mapping))
    return LIMN_MAPPING_CUT;
  if (mapping->fd < 0 || fstat (mapping->fd, &info) != 0)
    return LIMN_MAPPING_UNKNOWN;
  if ((guint64) info.st_size < mapping->size)
    return LIMN_MAPPING_CUT;
  return info.st_mtim.tv_sec == mapping->written.tv_sec && info.st_mtim.tv_nsec == mapping->written.tv_nsec
             ? LIMN_MAPPING_SAME
             : LIMN_MAPPING_WRITTEN;
}

gboolean
limn_mapping_is_guarded (const LimnMapping *mapping)
{
  return mapping->slot >= 0 && mapping->fd >= 0;
}
