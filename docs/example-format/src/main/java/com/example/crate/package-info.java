// SPDX-License-Identifier: Apache-2.0
/** A disk image format as small as one can be. */
package com.example.crate;
