// SPDX-License-Identifier: Apache-2.0
package org.platter.container.declared;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** The form of a declared disk, for consoles. What is read of a configuration is {@link DiskSettings}. */
@ObjectClassDefinition(
        name = "Platter disk",
        description = "A virtual disk that is attached while its configuration is there")
@interface DiskForm {
    /** Path or URI of the last image. */
    @AttributeDefinition(description = "Path or URI of the last image of the chain")
    String location();

    /** The disk's name; else that of the configuration. */
    @AttributeDefinition(required = false, description = "Name of the disk; by default that of the configuration")
    String name() default "";

    /** The format of the last image; else it is probed. */
    @AttributeDefinition(required = false, description = "Format of the last image; by default it is probed")
    String format() default "";

    /** How it is opened. */
    @AttributeDefinition(
            required = false,
            description = "Open flags: read-only, honor-zeroes, honor-same, shareable, ignore-flush")
    String[] flags() default {};

    /** Explicit parents, base first. */
    @AttributeDefinition(
            required = false,
            description = "Paths or URIs of the parents, base first; by default they are found")
    String[] parents() default {};

    /** Folders in which parents are looked for. */
    @AttributeDefinition(required = false, description = "Folders in which parents are looked for")
    String[] search() default {};

    /** Whether images may name files outside their folder, and devices. */
    @AttributeDefinition(
            required = false,
            description = "Whether images may name files outside their folder, and devices")
    boolean allow_external() default false;

    /** How long requests wait while a format is away, seconds. */
    @AttributeDefinition(required = false, description = "Seconds that requests wait while a format is away")
    int swap_timeout() default 30;

    /** Where the disk is exported. */
    @AttributeDefinition(
            required = false,
            description = "Where to export the disk: nbd://HOST:PORT/NAME, nbds://… or nbd+unix:///NAME?socket=FILE")
    String export() default "";

    /** Whether clients may write. */
    @AttributeDefinition(required = false, description = "Whether clients of the export may only read")
    boolean export_readOnly() default false;

    /** What clients are told of it. */
    @AttributeDefinition(required = false, description = "What clients of the export are told of it")
    String export_description() default "";

    /** The certificate, for TLS. */
    @AttributeDefinition(required = false, description = "File of the export's certificate (PEM or PKCS 12), for TLS")
    String export_certificate() default "";

    /** The key of the certificate. */
    @AttributeDefinition(required = false, description = "File of the certificate's key (PEM)")
    String export_key() default "";

    /** Who may connect. */
    @AttributeDefinition(required = false, description = "File of the authorities whose clients may connect (PEM)")
    String export_authorities() default "";
}
