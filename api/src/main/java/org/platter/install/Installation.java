// SPDX-License-Identifier: Apache-2.0
package org.platter.install;

import java.time.Duration;

/**
 * What an installation did.
 *
 * @param format the name of the format
 * @param bundle symbolic name of the bundle that serves it now
 * @param version that bundle's version
 * @param replaced the version it replaced, or empty
 * @param digest SHA-256 of the bundle, hexadecimal
 * @param images how many open images were handed over
 * @param longestPause the longest time that requests of one disk had to wait
 */
public record Installation(
        String format,
        String bundle,
        String version,
        String replaced,
        String digest,
        int images,
        Duration longestPause) {}
