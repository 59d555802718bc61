/* debug.c - the Vulkan instance, with validation where LIMN_VALIDATION asks for it.
 *
 * LIMN_VALIDATION=1 switches the Khronos layer on with synchronisation checks, and makes any message of it fatal: the
 * kernel and model tests run so.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "gpu/gpu-private.h"

#include <string.h>

#include "base/i18n.h"

static VKAPI_ATTR VkBool32 VKAPI_CALL
message_cb (VkDebugUtilsMessageSeverityFlagBitsEXT severity, VkDebugUtilsMessageTypeFlagsEXT types,
            const VkDebugUtilsMessengerCallbackDataEXT *message, void *data)
{
  /* The loader's own chatter about other drivers on the machine is no fault of ours. */
  if ((types & VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT) == 0)
    return VK_FALSE;
  g_error ("Vulkan validation: %s", message->pMessage);
  return VK_FALSE;
}

static gboolean
has_layer (const char *name)
{
  guint32 count = 0;
  vkEnumerateInstanceLayerProperties (&count, NULL);
  g_autofree VkLayerProperties *layers = g_new0 (VkLayerProperties, count + 1);
  vkEnumerateInstanceLayerProperties (&count, layers);
  for (guint i = 0; i < count; i++) {
    if (strcmp (layers[i].layerName, name) == 0)
      return TRUE;
  }
  return FALSE;
}

VkInstance
limn_debug_create_instance (VkDebugUtilsMessengerEXT *messenger, GError **error)
{
  const char *const layer = "VK_LAYER_KHRONOS_validation";
  const char *const extension = VK_EXT_DEBUG_UTILS_EXTENSION_NAME;
  gboolean validate = g_strcmp0 (g_getenv ("LIMN_VALIDATION"), "1") == 0;
  VkInstance instance = VK_NULL_HANDLE;

  *messenger = VK_NULL_HANDLE;
  if (!limn_vulkan_load (error))
    return VK_NULL_HANDLE;
  if (validate && !has_layer (layer)) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_DEVICE, _ ("LIMN_VALIDATION=1, but %s is not installed"), layer);
    return VK_NULL_HANDLE;
  }
  const VkValidationFeatureEnableEXT enabled = VK_VALIDATION_FEATURE_ENABLE_SYNCHRONIZATION_VALIDATION_EXT;
  const VkDebugUtilsMessengerCreateInfoEXT debug = {
    .sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT,
    .messageSeverity = VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT | VK_DEBUG_UTILS_MESSAGE_SEVERITY_WARNING_BIT_EXT,
    .messageType = VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT | VK_DEBUG_UTILS_MESSAGE_TYPE_GENERAL_BIT_EXT,
    .pfnUserCallback = message_cb,
  };
  const VkValidationFeaturesEXT features = {
    .sType = VK_STRUCTURE_TYPE_VALIDATION_FEATURES_EXT,
    .pNext = &debug,
    .enabledValidationFeatureCount = 1,
    .pEnabledValidationFeatures = &enabled,
  };
  const VkApplicationInfo application = {
    .sType = VK_STRUCTURE_TYPE_APPLICATION_INFO,
    .pApplicationName = "Limn",
    .pEngineName = "Limn",
    .apiVersion = VK_API_VERSION_1_3,
  };
  const VkInstanceCreateInfo info = {
    .sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO,
    .pNext = validate ? &features : NULL,
    .pApplicationInfo = &application,
    .enabledLayerCount = validate ? 1 : 0,
    .ppEnabledLayerNames = &layer,
    .enabledExtensionCount = validate ? 1 : 0,
    .ppEnabledExtensionNames = &extension,
  };
  VkResult result = vkCreateInstance (&info, NULL, &instance);

  if (result != VK_SUCCESS) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_DEVICE,
                 _ ("Vulkan cannot be started (error %d); install a Vulkan driver, for example mesa-vulkan-drivers"),
                 result);
    return VK_NULL_HANDLE;
  }
  if (validate) {
    PFN_vkCreateDebugUtilsMessengerEXT create =
        (PFN_vkCreateDebugUtilsMessengerEXT) vkGetInstanceProcAddr (instance, "vkCreateDebugUtilsMessengerEXT");
    if (create != NULL)
      create (instance, &debug, NULL, messenger);
  }
  return instance;
}

void
limn_debug_destroy_instance (VkInstance instance, VkDebugUtilsMessengerEXT messenger)
{
  if (instance == VK_NULL_HANDLE)
    return;
  if (messenger != VK_NULL_HANDLE) {
    PFN_vkDestroyDebugUtilsMessengerEXT destroy =
        (PFN_vkDestroyDebugUtilsMessengerEXT) vkGetInstanceProcAddr (instance, "vkDestroyDebugUtilsMessengerEXT");
    if (destroy != NULL)
      destroy (instance, messenger, NULL);
  }
  vkDestroyInstance (instance, NULL);
}
