/* SPDX-License-Identifier: Apache-2.0 */
/* What the documentation says of manifests is so. */
#include <cjson/cJSON.h>

#include "base/file.h"
#include "support/group.h"
#include "support/manifest_fixture.h"

static cJSON *load_schema(void)
{
    char *text = NULL;
    size_t size = 0;
    espbak_error err = {0};
    assert_int_equal(file_load(ESPBAK_SOURCE_DIR "/docs/manifest.schema.json", 1 << 20, &text, &size, &err), ESPBAK_OK);
    cJSON *schema = cJSON_ParseWithLength(text, size);
    assert_non_null(schema);
    free(text);
    return schema;
}

static const char *type_of(const cJSON *value)
{
    if (cJSON_IsObject(value))
        return "object";
    if (cJSON_IsArray(value))
        return "array";
    if (cJSON_IsString(value))
        return "string";
    if (cJSON_IsBool(value))
        return "boolean";
    return "number";
}

/* Every key that is written is described, with the type it is written as. Returns the keys seen. */
static size_t compare_with_schema(const cJSON *value, const cJSON *schema, const char *name)
{
    size_t seen = 0;
    const cJSON *type = cJSON_GetObjectItemCaseSensitive(schema, "type");
    if (type != NULL) {
        const char *expected = strcmp(type->valuestring, "integer") == 0 ? "number" : type->valuestring;
        if (strcmp(expected, type_of(value)) != 0)
            fail_msg("%s is a %s, the schema says %s", name, type_of(value), type->valuestring);
    } else if (!cJSON_HasObjectItem(schema, "enum") && !cJSON_HasObjectItem(schema, "const")) {
        fail_msg("the schema says nothing of %s", name);
    }
    const cJSON *properties = cJSON_GetObjectItemCaseSensitive(schema, "properties");
    const cJSON *items = cJSON_GetObjectItemCaseSensitive(schema, "items");
    for (const cJSON *item = value->child; item != NULL; item = item->next) {
        const cJSON *inner = items;
        if (cJSON_IsObject(value)) {
            inner = cJSON_GetObjectItemCaseSensitive(properties, item->string);
            seen++;
            if (inner == NULL || !cJSON_HasObjectItem(inner, "description"))
                fail_msg("the schema does not describe %s in %s", item->string, name);
        }
        const size_t below = compare_with_schema(item, inner, item->string != NULL ? item->string : name);
        if (cJSON_IsObject(value) || item == value->child)
            seen += below; /* of an array the first element speaks for all */
    }
    return seen;
}

static size_t count_properties(const cJSON *schema)
{
    size_t count = 0;
    const cJSON *properties = cJSON_GetObjectItemCaseSensitive(schema, "properties");
    const cJSON *items = cJSON_GetObjectItemCaseSensitive(schema, "items");
    if (items != NULL)
        count += count_properties(items);
    for (const cJSON *item = properties == NULL ? NULL : properties->child; item != NULL; item = item->next)
        count += 1 + count_properties(item);
    return count;
}

static void schema_describes_what_is_written(void **state)
{
    (void)state;
    espbak_manifest manifest = full_manifest();
    char *json = format(&manifest);
    cJSON *value = cJSON_Parse(json);
    cJSON *schema = load_schema();
    /* The full manifest has every field, so the schema describes nothing that does not exist either. */
    assert_int_equal(compare_with_schema(value, schema, "the manifest"), count_properties(schema));
    cJSON_Delete(schema);
    cJSON_Delete(value);
    free(json);
    espbak_manifest_free(&manifest);
}

static void example_of_the_documentation_is_good(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    espbak_error err = {0};
    espbak_manifest manifest;
    assert_int_equal(file_load(ESPBAK_SOURCE_DIR "/docs/manifest-format.md", 1 << 20, &text, &size, &err), ESPBAK_OK);
    const char *begin = strstr(text, "```json\n");
    assert_non_null(begin);
    begin += strlen("```json\n");
    const char *end = strstr(begin, "```");
    assert_non_null(end);
    if (espbak_manifest_parse(&manifest, begin, (size_t)(end - begin), &err) != ESPBAK_OK)
        fail_msg("%s", err.message);
    char *json = format(&manifest);
    assert_int_equal(strlen(json), end - begin);
    assert_memory_equal(json, begin, strlen(json));
    free(json);
    free(text);
    espbak_manifest_free(&manifest);
}

TEST_GROUP(manifest_schema)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schema_describes_what_is_written),
        cmocka_unit_test(example_of_the_documentation_is_good),
    };
    return RUN_GROUP(tests);
}
