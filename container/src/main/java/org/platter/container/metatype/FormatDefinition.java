// SPDX-License-Identifier: Apache-2.0
package org.platter.container.metatype;

import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.osgi.service.metatype.AttributeDefinition;
import org.osgi.service.metatype.ObjectClassDefinition;
import org.platter.config.ConfigKey;
import org.platter.config.ConfigSchema;

/** What a console shows for a format: what every declared disk has, then the config keys. */
record FormatDefinition(String format, ConfigSchema schema) implements ObjectClassDefinition {
    private static final List<Field> COMMON = List.of(
            Field.text("location", "Path or URI of the last image of the chain").asRequired(),
            Field.text("name", "Name of the disk; by default that of the configuration"),
            Field.texts("flags", "Open flags: read-only, honor-zeroes, honor-same, shareable, ignore-flush"),
            Field.texts("parents", "Paths or URIs of the parents, base first; by default they are found"),
            Field.texts("search", "Folders in which parents are looked for"),
            Field.of("allow.external", AttributeDefinition.BOOLEAN, "May images name files outside their folder?")
                    .orElse("false"),
            Field.of("swap.timeout", AttributeDefinition.INTEGER, "Seconds that requests wait while a format is away")
                    .orElse("30"),
            Field.text("export", "Where to export the disk: nbd://HOST:PORT/NAME or nbd+unix:///NAME?socket=FILE"),
            Field.of("export.readOnly", AttributeDefinition.BOOLEAN, "May clients of the export only read?")
                    .orElse("false"),
            Field.text("export.description", "What clients of the export are told of it"),
            Field.text("export.certificate", "File of the export's certificate (PEM or PKCS 12), for TLS"),
            Field.text("export.key", "File of the certificate's key (PEM)"),
            Field.text("export.authorities", "File of the authorities whose clients may connect (PEM)"));

    @Override
    public String getName() {
        return "Platter disk: " + format;
    }

    @Override
    public String getID() {
        return FormatForms.pid(format);
    }

    @Override
    public String getDescription() {
        return "A virtual disk whose last image is of the format " + format
                + ", attached while its configuration is there";
    }

    @Override
    public AttributeDefinition[] getAttributeDefinitions(int filter) {
        List<Field> fields = new ArrayList<>(COMMON);
        for (ConfigKey key : schema.keys()) {
            fields.add(Field.of(key));
        }
        fields.removeIf(field -> filter != ALL && field.required() != (filter == REQUIRED));
        return fields.toArray(AttributeDefinition[]::new);
    }

    @Override
    public InputStream getIcon(int size) {
        return null;
    }
}
