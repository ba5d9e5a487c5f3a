// SPDX-License-Identifier: Apache-2.0
package org.platter.format;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.osgi.annotation.bundle.Attribute;
import org.osgi.annotation.bundle.Capability;
import org.osgi.service.component.annotations.ComponentPropertyType;

/**
 * Declares a {@link FormatBackend} component: its members become the service properties {@code platter.format.name} and
 * so on, and a capability of the bundle in the namespace {@value #NAMESPACE}.
 */
@ComponentPropertyType
@Capability(namespace = DiskFormat.NAMESPACE)
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.CLASS)
public @interface DiskFormat {
    /** Prefix of the service properties. */
    String PREFIX_ = "platter.format.";

    /** Namespace of the bundle capability. */
    String NAMESPACE = "platter.format";

    /** The format's name, compared without case: {@code "VDI"}. */
    @Attribute("name")
    String name();

    /** File extensions without dot, the preferred first. */
    @Attribute("extensions")
    String[] extensions() default {};

    /** URI schemes that this format opens itself, without a storage provider. */
    @Attribute("schemes")
    String[] schemes() default {};

    /**
     * What files of this format begin or end with, so that a catalogue knows one without loading the bundle. Each is
     * {@code POSITION:HEX}: a byte position and the bytes there; a negative position counts from the end of the file.
     * Bytes that a guest could not have put there by writing to a raw disk are not needed: who opens decides on trust.
     */
    @Attribute("signatures")
    String[] signatures() default {};

    /** What the format can do; a single image may be able to do less, see {@link ImageInfo#capabilities()}. */
    org.platter.format.Capability[] capabilities();
}
