// SPDX-License-Identifier: Apache-2.0
/**
 * Which formats there are and which one an image is opened as; what locations are called and how failures are told. May
 * use the API. Safe for use by many threads.
 */
package org.platter.container.format;
