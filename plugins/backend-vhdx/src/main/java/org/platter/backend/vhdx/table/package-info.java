// SPDX-License-Identifier: Apache-2.0
/** A bounded table of 64-bit entries. Knows nothing of VHDX; uses storages only. */
package org.platter.backend.vhdx.table;
