// SPDX-License-Identifier: Apache-2.0
package org.platter.container.metatype;

import java.util.List;
import java.util.Map;
import org.osgi.service.metatype.AttributeDefinition;
import org.platter.config.ConfigKey;
import org.platter.config.ConfigSchema;
import org.platter.error.DiskException;

/**
 * One field of a form.
 *
 * @param id the property that it sets
 * @param key the config key behind it, or null
 */
record Field(
        String id,
        String name,
        String description,
        int type,
        int cardinality,
        List<String> defaults,
        boolean required,
        ConfigKey key)
        implements AttributeDefinition {

    static Field text(String id, String description) {
        return of(id, STRING, description);
    }

    /** Any number of texts. */
    static Field texts(String id, String description) {
        return new Field(id, id, description, STRING, Integer.MAX_VALUE, List.of(), false, null);
    }

    static Field of(String id, int type, String description) {
        return new Field(id, id, description, type, 0, List.of(), false, null);
    }

    static Field of(ConfigKey key) {
        int type = key.secret() ? PASSWORD : key.type() == ConfigKey.Type.INTEGER ? LONG : STRING;
        List<String> defaults = key.fallback().stream()
                .map(value -> type == LONG ? Long.decode(value).toString() : value)
                .toList();
        String description = key.expert() ? key.description() + " (for experts)" : key.description();
        return new Field("config." + key.name(), key.name(), description, type, 0, defaults, key.mandatory(), key);
    }

    Field asRequired() {
        return new Field(id, name, description, type, cardinality, defaults, true, key);
    }

    Field orElse(String value) {
        return new Field(id, name, description, type, cardinality, List.of(value), required, key);
    }

    @Override
    public String getID() {
        return id;
    }

    @Override
    public String getName() {
        return name;
    }

    @Override
    public String getDescription() {
        return description;
    }

    @Override
    public int getType() {
        return type;
    }

    @Override
    public int getCardinality() {
        return cardinality;
    }

    @Override
    public String[] getDefaultValue() {
        return defaults.isEmpty() ? null : defaults.toArray(String[]::new);
    }

    @Override
    public String[] getOptionValues() {
        return null;
    }

    @Override
    public String[] getOptionLabels() {
        return null;
    }

    /** Null where Metatype cannot tell, empty where the value is good, else what is wrong with it. */
    @Override
    public String validate(String value) {
        if (key == null) {
            return null;
        }
        try {
            ConfigSchema.of(key).validate(value.isEmpty() ? Map.of() : Map.of(key.name(), value));
            return "";
        } catch (DiskException e) {
            return e.getMessage();
        }
    }
}
