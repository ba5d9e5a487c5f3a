// SPDX-License-Identifier: Apache-2.0
package org.platter.install;

/**
 * A format or storage that is installed or can be had.
 *
 * @param name the format's name, or the first URI scheme of the storage
 * @param kind what it is
 * @param bundle symbolic name of the bundle that brings it
 * @param version the bundle's version
 * @param source the jar, repository index or location of the installed bundle that it comes from
 * @param installed whether it serves now
 */
public record Available(String name, Kind kind, String bundle, String version, String source, boolean installed) {
    /** Where to get it and how, for people. */
    public String advice() {
        return "the bundle " + bundle + " " + version + " of " + source + " has it: platter install " + name;
    }

    /** What a bundle brings. */
    public enum Kind {
        /** A format of disk images. */
        FORMAT,
        /** Access to places where images are. */
        STORAGE
    }
}
