// abi.h as C++11 and C++20; the same layout.
#include "abi_layout.h"
