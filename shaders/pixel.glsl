// pixel.glsl - where a convolution's pixels and taps lie in its input; after its push constants.
#ifndef LIMN_PIXEL_GLSL
#define LIMN_PIXEL_GLSL

struct Pixel {
  int item; // chunk index of the picture
  int y, x; // of the kernel's top left, in the stretched input
};

Pixel
pixel_of (int row)
{
  int size = p.out_h * p.out_w, at = row % size;
  return Pixel (row / size * p.in_h * p.in_w * p.in_stride + p.in_first, at / p.out_w * p.stride - p.pad_top,
                at % p.out_w * p.stride - p.pad_left);
}

// Chunk index of the pixel under tap, or -1 outside.
int
tap_of (Pixel pixel, int tap)
{
  int y = pixel.y + tap / 3, x_ = pixel.x + tap % 3;
  if (y < 0 || y >= p.up_h || x_ < 0 || x_ >= p.up_w)
    return -1;
  if (p.up_h != p.in_h)
    y = y * p.in_h / p.up_h;
  if (p.up_w != p.in_w)
    x_ = x_ * p.in_w / p.up_w;
  return pixel.item + (y * p.in_w + x_) * p.in_stride;
}

#endif
