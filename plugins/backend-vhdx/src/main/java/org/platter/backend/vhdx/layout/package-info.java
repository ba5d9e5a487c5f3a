// SPDX-License-Identifier: Apache-2.0
/** The structures of a VHDX file, one type each. Uses the api bundle only. Values are immutable. */
package org.platter.backend.vhdx.layout;
