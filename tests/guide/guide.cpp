#include "guide_pages.hpp"
