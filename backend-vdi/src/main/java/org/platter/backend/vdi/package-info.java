// SPDX-License-Identifier: Apache-2.0
/** The VDI format. May use the api bundle, never another backend. */
package org.platter.backend.vdi;
