// SPDX-License-Identifier: Apache-2.0
/**
 * The text of a VMDK: a model that gives back every line as it was, and the place where the text is kept. May use the
 * package {@code extent} and the api bundle. Values are immutable.
 */
package org.platter.backend.vmdk.descriptor;
