// SPDX-License-Identifier: Apache-2.0
/** The log of a VHDX file: finding, replaying and writing it. Uses the layout. Readers may be many, one thread writes. */
package org.platter.backend.vhdx.log;
